// Package agent is what every host runs, servers too: it joins the cluster, and runs containerd, kubelet, kube-proxy and
// flannel.
package agent

import (
	"bytes"
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"tailnet-k3s/k3s/pki"
	"tailnet-k3s/k3s/supervisor"
	"tailnet-k3s/k3s/token"
)

const (
	requestTimeout = 15 * time.Second
	largestAnswer  = 1 << 20
)

// door is a server's supervisor, seen by a host that joins.
type door struct {
	url       string
	token     token.Token
	authority []byte
	client    *http.Client
}

// refused is an answer that waiting doesn't change: a wrong token, a name that is taken.
type refused struct{ message string }

func (r refused) Error() string { return r.message }

// knock asks a server for its authority, and checks that it is the one that the token was made for, before the token is
// said to anyone.
func knock(ctx context.Context, url string, secret token.Token) (*door, error) {
	open := &door{url: url, token: secret, client: &http.Client{
		Timeout:   requestTimeout,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, //nolint:gosec // see above
	}}
	authority, err := open.do(ctx, http.MethodGet, "/cacerts", nil, nil)
	if err != nil {
		return nil, err
	}
	if err := secret.Verify(authority); err != nil {
		return nil, refused{err.Error()}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s/cacerts is not a certificate: is this a k3s server?", url)
	}
	open.authority = authority
	open.client = &http.Client{
		Timeout:   requestTimeout,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
	}
	return open, nil
}

func (d *door) do(ctx context.Context, method, path string, body []byte, headers map[string]string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, d.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if d.authority != nil {
		request.SetBasicAuth(d.token.User, d.token.Password)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := d.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusOK {
		return answer, nil
	}
	var status struct{ Message string }
	_ = json.Unmarshal(answer, &status)
	text := fmt.Sprintf("%s answers %s: %s", d.url, response.Status, status.Message)
	if response.StatusCode/100 == 4 {
		return nil, refused{text}
	}
	return nil, errors.New(text)
}

func (d *door) cluster(ctx context.Context) (supervisor.Cluster, error) {
	var cluster supervisor.Cluster
	answer, err := d.do(ctx, http.MethodGet, "/v1-k3s/config", nil, nil)
	if err != nil {
		return cluster, err
	}
	return cluster, json.Unmarshal(answer, &cluster)
}

func (d *door) ready(ctx context.Context) error {
	_, err := d.do(ctx, http.MethodGet, "/v1-k3s/readyz", nil, nil)
	return err
}

func (d *door) servers(ctx context.Context) ([]string, error) {
	answer, err := d.do(ctx, http.MethodGet, "/v1-k3s/apiservers", nil, nil)
	if err != nil {
		return nil, err
	}
	var servers []string
	return servers, json.Unmarshal(answer, &servers)
}

// certify gets a certificate for a key that stays on this host.
func (d *door) certify(ctx context.Context, path string, key crypto.Signer, node map[string]string) ([]byte, error) {
	request, err := pki.NewRequest(key)
	if err != nil {
		return nil, err
	}
	return d.do(ctx, http.MethodPost, path, request, node)
}
