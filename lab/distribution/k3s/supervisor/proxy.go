package supervisor

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"tailnet-k3s/k3s/pki"
)

// proxy stands in front of the API server. A client with a valid certificate is named to it in headers, which it takes
// from the supervisor's own certificate only; whatever else a client shows (a bearer token) is passed on as it is.
type proxy struct {
	trusted *x509.CertPool
	named   *httputil.ReverseProxy // shows the supervisor's certificate
	other   *httputil.ReverseProxy // shows none: the API server judges the client's token
}

// transport speaks HTTP/2, but for connections that a client takes over (exec, port-forward), which HTTP/1 alone knows.
type transport struct{ streams, upgrades *http.Transport }

func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Header.Get("Upgrade") != "" {
		return t.upgrades.RoundTrip(request)
	}
	return t.streams.RoundTrip(request)
}

func newProxy(api string, serverCA, clientCA []byte, own pki.Pair) (*proxy, error) {
	target, err := url.Parse(api)
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(own.Certificate, own.Key)
	if err != nil {
		return nil, err
	}
	roots, trusted := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM(serverCA)
	trusted.AppendCertsFromPEM(clientCA)
	reverse := func(certificates ...tls.Certificate) *httputil.ReverseProxy {
		settings := &tls.Config{RootCAs: roots, Certificates: certificates, MinVersion: tls.VersionTLS12}
		return &httputil.ReverseProxy{
			Rewrite: func(request *httputil.ProxyRequest) {
				request.SetURL(target)
				request.Out.Host = request.In.Host
				request.SetXForwarded()
			},
			Transport: transport{
				streams: &http.Transport{
					TLSClientConfig: settings.Clone(), ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute,
				},
				upgrades: &http.Transport{TLSClientConfig: settings.Clone(), IdleConnTimeout: time.Minute},
			},
			FlushInterval: -1, // a watch is answered piece by piece
			ErrorHandler:  unavailable,
			ErrorLog:      log.New(silence{}, "", 0),
		}
	}
	return &proxy{trusted: trusted, named: reverse(certificate), other: reverse()}, nil
}

func (p *proxy) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	for name := range request.Header {
		if strings.HasPrefix(strings.ToLower(name), "x-remote-") {
			delete(request.Header, name) // nobody but the supervisor says who somebody is
		}
	}
	client, ok := byCertificate(request, p.trusted)
	if !ok {
		p.other.ServeHTTP(answer, request)
		return
	}
	request.Header.Set("X-Remote-User", client.name)
	request.Header["X-Remote-Group"] = client.groups
	request.Header.Del("Authorization")
	p.named.ServeHTTP(answer, request)
}

// unavailable answers as the API does, when its server is not there (yet).
func unavailable(answer http.ResponseWriter, _ *http.Request, _ error) {
	writeStatus(answer, http.StatusServiceUnavailable, "the API server of this host is not ready")
}

func writeStatus(answer http.ResponseWriter, code int, message string) {
	answer.Header().Set("Content-Type", "application/json")
	answer.WriteHeader(code)
	_ = json.NewEncoder(answer).Encode(map[string]any{
		"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Failure",
		"message": message, "code": code,
	})
}

// silence takes the HTTP packages' own log: clients that hang up are nobody's concern.
type silence struct{}

func (silence) Write(line []byte) (int, error) { return len(line), nil }
