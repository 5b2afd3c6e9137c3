package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

const (
	zoneID = "0123456789abcdef0123456789abcdef"
	domain = "site.example"
	host   = "www.site.example"
)

// authority signs certificates of a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: t.Name()}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	certificate, err := x509.ParseCertificate(der)
	must(t, err)
	return &authority{certificate, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// sign gives a certificate for names that ends after `life`, and its key, both as PEM.
func (a *authority) sign(t *testing.T, life time.Duration, names ...string) (certificate, key []byte) {
	t.Helper()
	own := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, own.Public(), a.key)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(own)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// lab is an edge between a visitor and origins at addresses of this computer's own.
type lab struct {
	t         *testing.T
	folder    string
	origin    *authority
	public    *authority
	origins   *origins
	resources map[string]any
	listener  net.Listener
	client    *http.Client
	port      int
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, folder: t.TempDir(), origin: newAuthority(t), public: newAuthority(t), resources: map[string]any{}}
	must(t, os.WriteFile(filepath.Join(l.folder, "origin-ca.pem"), l.origin.pem, 0o600))
	l.write("zones.json", map[string]string{domain: zoneID})
	certificates := t.TempDir()
	certificate, key := l.public.sign(t, time.Hour, domain, "*."+domain)
	must(t, os.WriteFile(filepath.Join(certificates, domain+".pem"), certificate, 0o600))
	must(t, os.WriteFile(filepath.Join(certificates, domain+".key"), key, 0o600))
	account, err := openAccount(l.folder)
	must(t, err)
	l.port = freePort(t)
	l.origins = newOrigins(newHealth())
	l.origins.ports = map[string]uint16{"http": uint16(l.port), "https": uint16(l.port)}
	l.listener, err = net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := &http.Server{
		Handler:   newProxy(account, l.origins),
		TLSConfig: visitorTLS(&certificateStore{folder: certificates}),
	}
	go func() { _ = server.ServeTLS(l.listener, "", "") }()
	t.Cleanup(func() { _ = server.Close() })
	l.client = l.visitor(true)
	return l
}

// visitor is a client that trusts the public authority, and takes every name for the edge's.
func (l *lab) visitor(http2 bool) *http.Client {
	dialer := &net.Dialer{}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: l.public.pool()},
		ForceAttemptHTTP2: http2,
	}
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, l.listener.Addr().String())
	}
	l.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

func (l *lab) write(file string, content any) {
	text, err := json.Marshal(content)
	must(l.t, err)
	draft := filepath.Join(l.folder, "draft")
	must(l.t, os.WriteFile(draft, text, 0o600))
	must(l.t, os.Rename(draft, filepath.Join(l.folder, file)))
}

// set adds a resource, or takes one away.
func (l *lab) set(id string, fields map[string]any) {
	if fields == nil {
		delete(l.resources, id)
	} else {
		l.resources[id] = fields
	}
	l.write("resources.json", l.resources)
}

func (l *lab) address(id, name, address string, proxied bool) {
	kind := "A"
	if net.ParseIP(address).To4() == nil {
		kind = "AAAA"
	}
	l.set(id, map[string]any{
		"_type": "dns_record", "_name": name, "zoneId": zoneID, "type": kind, "content": address, "proxied": proxied,
	})
}

// serve starts an origin at an address, with a certificate of the origin CA.
func (l *lab) serve(address string, handler http.Handler) *httptest.Server {
	certificate, key := l.origin.sign(l.t, time.Hour, domain, "*."+domain)
	return l.serveWith(address, handler, certificate, key, nil)
}

func (l *lab) serveWith(address string, handler http.Handler, certificate, key []byte, clients *x509.CertPool) *httptest.Server {
	l.t.Helper()
	pair, err := tls.X509KeyPair(certificate, key)
	must(l.t, err)
	listener, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(l.port)))
	must(l.t, err)
	config := &tls.Config{Certificates: []tls.Certificate{pair}}
	if clients != nil {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, clients
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler}, TLS: config}
	server.StartTLS()
	l.t.Cleanup(server.Close)
	return server
}

func freePort(t *testing.T) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return key
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
