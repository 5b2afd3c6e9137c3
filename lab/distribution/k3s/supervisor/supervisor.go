package supervisor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"tailnet-k3s/k3s/kubeapi"
	"tailnet-k3s/k3s/pki"
)

// Settings are what the supervisor is made of.
type Settings struct {
	Addresses   []string   // host:port, each is listened on
	SocketUser  int        // who runs the API server (see listen)
	API         string     // URL of the API server behind
	Behind      netip.Addr // its address
	ServerCA    *pki.Authority
	ClientCA    *pki.Authority
	Serving     pki.Pair
	AuthProxy   pki.Pair
	Tokens      Tokens
	Cluster     Cluster
	Client      *kubeapi.Client // of this server's API server
	OwnNode     string          // the name of this server's own node
	OwnAddress  string          // host:port at which agents reach this server
	ServingPort int
}

// Cluster is what a host has to know of the cluster that it joins: the body of /v1-k3s/config.
type Cluster struct {
	ClusterCIDR      string `json:"clusterCIDR"`
	ServiceCIDR      string `json:"serviceCIDR"`
	ClusterDNS       string `json:"clusterDNS"`
	ClusterDomain    string `json:"clusterDomain"`
	FlannelBackend   string `json:"flannelBackend"`
	DisableKubeProxy bool   `json:"disableKubeProxy"`
	DisableCloud     bool   `json:"disableCloud"`
}

// Supervisor answers on the port of the cluster.
type Supervisor struct {
	settings  Settings
	trusted   *x509.CertPool
	passwords *passwords
	ready     atomic.Bool
	servers   []*http.Server
}

const (
	headerTimeout = 15 * time.Second
	largestBody   = 1 << 16
)

// Start listens, and answers from now on.
func Start(ctx context.Context, settings Settings) (*Supervisor, error) {
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(settings.ClientCA.Certificate)
	s := &Supervisor{settings: settings, trusted: trusted}
	s.passwords = &passwords{client: settings.Client, ownNode: settings.OwnNode, apiReady: s.ready.Load}
	handler, err := s.routes()
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(settings.Serving.Certificate, settings.Serving.Key)
	if err != nil {
		return nil, err
	}
	for _, address := range settings.Addresses {
		listener, err := listen(ctx, address, settings.SocketUser, settings.Behind)
		if err != nil {
			s.Stop()
			return nil, err
		}
		server := &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: headerTimeout,
			ErrorLog:          log.New(silence{}, "", 0),
			TLSConfig: &tls.Config{
				Certificates: []tls.Certificate{certificate},
				ClientAuth:   tls.RequestClientCert, // verified by the handlers: a client may come with a token instead
				ClientCAs:    trusted,
				MinVersion:   tls.VersionTLS12,
			},
		}
		s.servers = append(s.servers, server)
		go s.serve(server, listener)
	}
	return s, nil
}

func (s *Supervisor) serve(server *http.Server, listener net.Listener) {
	if err := server.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
		log.Fatalf("k3s server: the port of the cluster is gone: %v", err)
	}
}

// SetReady says that the API server answers.
func (s *Supervisor) SetReady() { s.ready.Store(true) }

// VerifyOwnNode checks the password of this server's own node, which could not be done before the API was there.
func (s *Supervisor) VerifyOwnNode(ctx context.Context) error { return s.passwords.verifyOwn(ctx) }

// Stop closes the port, and every connection.
func (s *Supervisor) Stop() {
	for _, server := range s.servers {
		_ = server.Close()
	}
}

func (s *Supervisor) routes() (http.Handler, error) {
	proxy, err := newProxy(s.settings.API, s.settings.ServerCA.Certificate, s.settings.ClientCA.Certificate,
		s.settings.AuthProxy)
	if err != nil {
		return nil, err
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /ping", text("text/plain", []byte("pong")))
	routes.HandleFunc("GET /cacerts", text("text/plain", s.settings.ServerCA.Certificate))
	for path, handler := range map[string]http.HandlerFunc{
		"GET /v1-k3s/server-ca.crt":              text("text/plain", s.settings.ServerCA.Certificate),
		"GET /v1-k3s/client-ca.crt":              text("text/plain", s.settings.ClientCA.Certificate),
		"GET /v1-k3s/config":                     s.config,
		"GET /v1-k3s/apiservers":                 s.apiServers,
		"GET /v1-k3s/readyz":                     s.readyz,
		"POST /v1-k3s/serving-kubelet.crt":       s.servingKubelet,
		"POST /v1-k3s/client-kubelet.crt":        s.clientKubelet,
		"POST /v1-k3s/client-kube-proxy.crt":     s.client(pki.Subject{CommonName: "system:kube-proxy"}),
		"POST /v1-k3s/client-k3s-controller.crt": s.client(pki.Subject{CommonName: "system:k3s-controller"}),
	} {
		routes.HandleFunc(path, s.forHosts(handler))
	}
	routes.HandleFunc("/v1-k3s/", http.NotFound)
	routes.Handle("/", http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if !s.ready.Load() && request.URL.Path != "/readyz" {
			unavailable(answer, request, nil)
			return
		}
		proxy.ServeHTTP(answer, request)
	}))
	return routes, nil
}

// forHosts lets hosts in that show a join token or the certificate that they got by it.
func (s *Supervisor) forHosts(next http.HandlerFunc) http.HandlerFunc {
	return func(answer http.ResponseWriter, request *http.Request) {
		client, ok := s.settings.Tokens.byToken(request)
		if !ok {
			client, ok = byCertificate(request, s.trusted)
		}
		switch {
		case !ok:
			writeStatus(answer, http.StatusUnauthorized, "the join token is not this cluster's")
		case !client.in(agentsGroup, nodesGroup):
			writeStatus(answer, http.StatusForbidden, "only a host of the cluster may ask this")
		default:
			request.Body = http.MaxBytesReader(answer, request.Body, largestBody)
			next(answer, request)
		}
	}
}

func text(kind string, content []byte) http.HandlerFunc {
	return func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", kind)
		answer.Header().Set("Content-Length", strconv.Itoa(len(content)))
		_, _ = answer.Write(content)
	}
}
