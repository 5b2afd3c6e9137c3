package supervisor

import (
	"crypto/subtle"
	"crypto/x509"
	"net/http"
	"slices"
)

// identity is who a client is, by certificate or token.
type identity struct {
	name   string
	groups []string
}

const (
	serversGroup = "k3s:server"
	agentsGroup  = "k3s:agent"
	nodesGroup   = "system:nodes"
)

// Tokens are the two secrets by which hosts join; they are the same if there is no separate one for agents.
type Tokens struct {
	Server string
	Agent  string
}

// byCertificate gives the client that a valid certificate names; a client may come without one.
func byCertificate(request *http.Request, trusted *x509.CertPool) (identity, bool) {
	if request.TLS == nil || len(request.TLS.PeerCertificates) == 0 {
		return identity{}, false
	}
	certificate := request.TLS.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, more := range request.TLS.PeerCertificates[1:] {
		between.AddCert(more)
	}
	_, err := certificate.Verify(x509.VerifyOptions{
		Roots: trusted, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil || certificate.Subject.CommonName == "" {
		return identity{}, false
	}
	return identity{name: certificate.Subject.CommonName, groups: certificate.Subject.Organization}, true
}

// byToken gives the client that shows a join token, as user and password.
func (t Tokens) byToken(request *http.Request) (identity, bool) {
	user, password, ok := request.BasicAuth()
	if !ok || password == "" {
		return identity{}, false
	}
	same := func(secret string) bool {
		return secret != "" && subtle.ConstantTimeCompare([]byte(password), []byte(secret)) == 1
	}
	switch {
	case user == "server" && same(t.Server):
		return identity{name: user, groups: []string{serversGroup, agentsGroup}}, true
	case user == "node" && (same(t.Agent) || same(t.Server)):
		return identity{name: user, groups: []string{agentsGroup}}, true
	}
	return identity{}, false
}

func (i identity) in(groups ...string) bool {
	return slices.ContainsFunc(groups, func(group string) bool { return slices.Contains(i.groups, group) })
}
