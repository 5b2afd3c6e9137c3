package supervisor

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"tailnet-k3s/k3s/pki"
)

func authority(t *testing.T, name string) *pki.Authority {
	t.Helper()
	made, err := pki.NewAuthority(name)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func issue(t *testing.T, by *pki.Authority, subject pki.Subject) pki.Pair {
	t.Helper()
	pair, err := by.Issue(subject)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func certificateRequest(t *testing.T) []byte {
	t.Helper()
	key, _, err := pki.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	request, err := pki.NewRequest(key)
	if err != nil {
		t.Fatal(err)
	}
	return request
}

// serveTLS serves on a port of its own until the test ends, and gives the URL.
func serveTLS(t *testing.T, by *pki.Authority, handler http.Handler) string {
	t.Helper()
	pair := issue(t, by, pki.Subject{CommonName: "server", Names: []string{"127.0.0.1"}})
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// dial opens a connection and waits for its end.
func dial(t *testing.T, address string) {
	t.Helper()
	connection, err := net.Dial("tcp4", address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_, _ = io.ReadAll(connection)
}
