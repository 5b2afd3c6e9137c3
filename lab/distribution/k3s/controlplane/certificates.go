package controlplane

import (
	"net/netip"
	"slices"
	"strconv"

	"tailnet-k3s/k3s/config"
	"tailnet-k3s/k3s/pki"
)

// Users of the API that are part of a server. Names and groups are those that Kubernetes has roles for.
var users = map[string]pki.Subject{
	"client-admin":          {CommonName: "system:admin", Organization: []string{"system:masters"}},
	"client-supervisor":     {CommonName: "system:k3s-supervisor", Organization: []string{"system:masters"}},
	"client-controller":     {CommonName: "system:kube-controller-manager"},
	"client-scheduler":      {CommonName: "system:kube-scheduler"},
	"client-kube-apiserver": {CommonName: "system:apiserver", Organization: []string{"system:masters"}},
}

// AuthProxy is the name under which the supervisor tells the API server who a user is.
const AuthProxy = "system:auth-proxy"

// Certificates are those that the supervisor itself shows.
type Certificates struct {
	Serving    pki.Pair // to clients on the port of the cluster
	AuthProxy  pki.Pair // to the API server
	Supervisor pki.Pair // to the API server, as a user of its own
	Admin      pki.Pair
}

// Issue makes sure of every certificate of this server, and writes the kubeconfig files of its components.
func (l Layout) Issue(authorities *Authorities, server *config.Server, address string) (*Certificates, error) {
	folder := pki.Folder{Path: l.TLS(), Group: l.User}
	issued := &Certificates{}
	keep := map[string]*pki.Pair{"client-admin": &issued.Admin, "client-supervisor": &issued.Supervisor}
	for name, subject := range users {
		pair, err := folder.Ensure(name, authorities.Client, subject)
		if err != nil {
			return nil, err
		}
		if to := keep[name]; to != nil {
			*to = pair
		}
		if err := l.writeCredential(name, authorities, pair); err != nil {
			return nil, err
		}
	}
	var err error
	if issued.AuthProxy, err = folder.Ensure("client-auth-proxy", authorities.RequestHeader,
		pki.Subject{CommonName: AuthProxy}); err != nil {
		return nil, err
	}
	issued.Serving, err = folder.Ensure("serving-kube-apiserver", authorities.Server,
		pki.Subject{CommonName: "kube-apiserver", Names: servingNames(server, address)})
	return issued, err
}

// writeCredential writes the kubeconfig of a component that has one: it speaks to this server's API server directly.
func (l Layout) writeCredential(name string, authorities *Authorities, pair pki.Pair) error {
	component, ok := map[string]string{
		"client-admin": "admin", "client-controller": "controller", "client-scheduler": "scheduler",
	}[name]
	if !ok {
		return nil
	}
	folder := pki.Folder{Path: l.Credentials(), Group: l.User}
	return folder.Write(component+".kubeconfig", pki.Kubeconfig(l.API(), authorities.Server.Certificate, pair), 0o640)
}

// servingNames are all names and addresses by which clients reach a server.
func servingNames(server *config.Server, address string) []string {
	names := []string{
		"kubernetes", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc." + server.ClusterDomain, "localhost", server.Name,
		"127.0.0.1", APIServerAddress, server.KubernetesService().String(), address,
	}
	for _, more := range append([]string{server.AdvertiseAddress}, server.Names...) {
		if more != "" {
			names = append(names, more)
		}
	}
	if bound, err := netip.ParseAddr(server.BindAddress); err == nil && !bound.IsUnspecified() {
		names = append(names, server.BindAddress)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// LocalURL is how a program on the same host reaches the supervisor.
func LocalURL(server *config.Server) string {
	host := "127.0.0.1"
	if bound, err := netip.ParseAddr(server.BindAddress); err == nil && !bound.IsUnspecified() {
		host = server.BindAddress
	}
	return "https://" + host + ":" + strconv.Itoa(server.Port)
}
