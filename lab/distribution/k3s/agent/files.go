package agent

import (
	"context"
	"crypto"
	"os"
	"path/filepath"
	"strings"

	"tailnet-k3s/k3s/pki"
	"tailnet-k3s/k3s/supervisor"
	"tailnet-k3s/k3s/token"
)

// passwordFile holds what proves that this host is the one that first joined under its name. It is not in the data
// folder: a host keeps its name when the data are wiped.
const passwordFile = "/etc/rancher/node/password"

// components are the certificates of an agent: where the supervisor signs each.
var components = []struct {
	name string
	path string
	node bool // the certificate carries the node's name, so that its password is asked for
}{
	{"serving-kubelet", "/v1-k3s/serving-kubelet.crt", true},
	{"client-kubelet", "/v1-k3s/client-kubelet.crt", true},
	{"client-kube-proxy", "/v1-k3s/client-kube-proxy.crt", false},
	{"client-k3s-controller", "/v1-k3s/client-k3s-controller.crt", false},
}

// kubeconfigs are the files of those components that speak to the API.
var kubeconfigs = map[string]string{
	"client-kubelet":        "kubelet.kubeconfig",
	"client-kube-proxy":     "kubeproxy.kubeconfig",
	"client-k3s-controller": "k3scontroller.kubeconfig",
}

// nodePassword reads the host's password, or makes one.
func nodePassword(path string) (string, error) {
	content, err := os.ReadFile(path)
	if password := strings.TrimSpace(string(content)); err == nil && password != "" {
		return password, nil
	}
	if err != nil && !os.IsNotExist(err) {
		return "", err
	}
	password := token.Random()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return password, os.WriteFile(path, []byte(password+"\n"), 0o600)
}

// obtain gets every certificate of this host anew, and writes it with the kubeconfig files. API is the URL that the
// components shall use from now on.
func obtain(
	ctx context.Context, at *door, folder pki.Folder, name string, addresses []string, password, api string,
) error {
	node := map[string]string{
		supervisor.HeaderNodeName:     name,
		supervisor.HeaderNodePassword: password,
		supervisor.HeaderNodeIP:       strings.Join(addresses, ","),
	}
	clientCA, err := at.do(ctx, "GET", "/v1-k3s/client-ca.crt", nil, nil)
	if err != nil {
		return err
	}
	if err := folder.Write("server-ca.crt", at.authority, 0o644); err != nil {
		return err
	}
	if err := folder.Write("client-ca.crt", clientCA, 0o644); err != nil {
		return err
	}
	for _, component := range components {
		key, encoded, err := ownKey(folder, component.name+".key")
		if err != nil {
			return err
		}
		headers := node
		if !component.node {
			headers = nil
		}
		certificate, err := at.certify(ctx, component.path, key, headers)
		if err != nil {
			return err
		}
		pair := pki.Pair{Certificate: certificate, Key: encoded}
		if err := folder.WritePair(component.name, pair); err != nil {
			return err
		}
		if file := kubeconfigs[component.name]; file != "" {
			if err := folder.Write(file, pki.Kubeconfig(api, at.authority, pair), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// ownKey reads the key of a component, or makes one.
func ownKey(folder pki.Folder, name string) (crypto.Signer, []byte, error) {
	if encoded := folder.Read(name); encoded != nil {
		if key, err := pki.ParseKey(encoded); err == nil {
			return key, encoded, nil
		}
	}
	return pki.NewKey()
}
