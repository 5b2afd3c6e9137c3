package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	answerTimeout = 100 * time.Second // for the response headers
	keptIdle      = 60 * time.Second
)

// errNoOrigin can't happen: account.site returns proxied names only, and these have addresses.
var errNoOrigin = errors.New("the name has no origin")

// origins sends a request to one of a site's origins. If that one can't be reached, it sends the request to another.
type origins struct {
	health *health
	ports  map[string]uint16 // by scheme
	turn   atomic.Uint32

	lock       sync.Mutex
	transports map[transportKey]*http.Transport
}

// transportKey says which requests may share connections: those with the same key.
type transportKey struct {
	origin, site, scheme, client string
}

type requestInfoKey struct{}

// requestInfo is what the proxy knows about a request.
type requestInfo struct {
	site      site
	scheme    string // the scheme of the visitor's request
	authority *x509.CertPool
}

func newOrigins(health *health) *origins {
	ports := map[string]uint16{"http": 80, "https": 443}
	return &origins{health: health, ports: ports, transports: map[transportKey]*http.Transport{}}
}

// RoundTrip implements http.RoundTripper. It tries the origins in turn. See repeatable for when it tries another one.
func (o *origins) RoundTrip(request *http.Request) (*http.Response, error) {
	asked, _ := request.Context().Value(requestInfoKey{}).(*requestInfo)
	if asked == nil {
		return nil, errNoOrigin
	}
	body := &keptBody{inner: request.Body}
	scheme := asked.originScheme()
	last := errNoOrigin
	for _, address := range o.order(asked.site.origins, o.ports[scheme]) {
		begin := time.Now()
		attempt := request.Clone(context.WithValue(request.Context(), startKey{}, begin))
		attempt.URL.Scheme, attempt.URL.Host = scheme, address
		if request.Body != nil && request.Body != http.NoBody {
			attempt.Body = body
		}
		response, err := o.transport(asked, scheme, address).RoundTrip(attempt)
		if err == nil {
			o.health.markUp(address)
			return response, nil
		}
		last = attributed(err, address)
		if request.Context().Err() != nil || !repeatable(request, body, last) {
			break
		}
	}
	return nil, last
}

// originScheme returns the scheme for origins: that of the visitor's request, unless the zone's mode turns TLS off.
// Cloudflare verifies certificates in the mode "strict" only. Here "full" verifies them, too, so that a wrong certificate
// is always noticed.
func (r *requestInfo) originScheme() string {
	if r.scheme == "http" || r.site.mode == "off" || r.site.mode == "flexible" {
		return "http"
	}
	return "https"
}

// order returns all origins. They take turns at being the first. Those that are down come last.
func (o *origins) order(addresses []netip.Addr, port uint16) []string {
	if len(addresses) == 0 {
		return nil
	}
	first := int(o.turn.Add(1)) % len(addresses)
	var up, down []string
	for number := range addresses {
		address := addresses[(first+number)%len(addresses)]
		origin := netip.AddrPortFrom(address, port).String()
		if o.health.isDown(origin) {
			down = append(down, origin)
		} else {
			up = append(up, origin)
		}
	}
	return append(up, down...)
}

// transport returns the transport for a key, and creates it when it is first needed. It uses HTTP/1.1, whose connection
// pool is simple to end.
func (o *origins) transport(asked *requestInfo, scheme, origin string) *http.Transport {
	key := transportKey{origin: origin, site: asked.site.name, scheme: scheme}
	secure := &tls.Config{RootCAs: asked.authority, ServerName: asked.site.name, MinVersion: tls.VersionTLS12}
	if client := asked.site.client; client != nil && scheme == "https" {
		secure.Certificates = []tls.Certificate{*client}
		key.client = string(client.Certificate[0])
	}
	o.lock.Lock()
	defer o.lock.Unlock()
	if found := o.transports[key]; found != nil {
		return found
	}
	dialer := &originDialer{origin: origin, health: o.health, secure: secure}
	made := &http.Transport{
		DialContext:           dialer.dial,
		DialTLSContext:        dialer.dialTLS,
		DisableCompression:    true,
		MaxIdleConnsPerHost:   32,
		IdleConnTimeout:       keptIdle,
		ResponseHeaderTimeout: answerTimeout,
		ExpectContinueTimeout: time.Second,
	}
	o.transports[key] = made
	return made
}

// repeatable tells whether a failed request may be sent to another origin. No part of its body may have been read. And it
// must be safe to repeat: the origin was not reached, or the method changes nothing.
func repeatable(request *http.Request, body *keptBody, err error) bool {
	var failed *originError
	if body.used.Load() || !errors.As(err, &failed) || failed.code == 524 {
		return false
	}
	switch request.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return failed.early
}

// keptBody is a request's body that stays open for several attempts, until the visitor's request ends.
type keptBody struct {
	inner io.Reader
	used  atomic.Bool
}

func (b *keptBody) Read(into []byte) (int, error) {
	b.used.Store(true)
	return b.inner.Read(into)
}

func (b *keptBody) Close() error { return nil }
