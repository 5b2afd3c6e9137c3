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
	answerTimeout = 100 * time.Second // until the answer begins
	keptIdle      = 60 * time.Second
)

// errNoOrigin can't happen with records as the account keeps them.
var errNoOrigin = errors.New("the name has no origin")

// origins sends requests to one of a site's origins, and to another one if that can't be reached.
type origins struct {
	health *health
	ports  map[string]uint16 // by scheme
	turn   atomic.Uint32

	lock       sync.Mutex
	transports map[lane]*http.Transport
}

// lane is all that connections are kept apart by.
type lane struct {
	origin, site, scheme, client string
}

type wantedKey struct{}

// wanted is what the proxy knows of a request.
type wanted struct {
	site      site
	scheme    string // the visitor's
	authority *x509.CertPool
}

func newOrigins(health *health) *origins {
	ports := map[string]uint16{"http": 80, "https": 443}
	return &origins{health: health, ports: ports, transports: map[lane]*http.Transport{}}
}

// RoundTrip implements http.RoundTripper. A request is sent a second time only if no origin can have got the first.
func (o *origins) RoundTrip(request *http.Request) (*http.Response, error) {
	asked, _ := request.Context().Value(wantedKey{}).(*wanted)
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
			o.health.rose(address)
			return response, nil
		}
		last = attributed(err, address)
		if request.Context().Err() != nil || !repeatable(request, body, last) {
			break
		}
	}
	return nil, last
}

// originScheme is how origins are asked: as the visitor has asked, unless the zone's mode is never to use TLS. Modes
// "full" and "strict" are one here, so that a wrong certificate never goes unnoticed: Cloudflare checks it in the latter.
func (w *wanted) originScheme() string {
	if w.scheme == "http" || w.site.mode == "off" || w.site.mode == "flexible" {
		return "http"
	}
	return "https"
}

// order gives the origins, each in its turn the first one, those that are away at the end.
func (o *origins) order(addresses []netip.Addr, port uint16) []string {
	if len(addresses) == 0 {
		return nil
	}
	first := int(o.turn.Add(1)) % len(addresses)
	var present, away []string
	for number := range addresses {
		address := addresses[(first+number)%len(addresses)]
		origin := netip.AddrPortFrom(address, port).String()
		if o.health.isDead(origin) {
			away = append(away, origin)
		} else {
			present = append(present, origin)
		}
	}
	return append(present, away...)
}

// transport is the one for a lane, made when it is first needed. HTTP/1.1, as the pool of it is simple to end.
func (o *origins) transport(asked *wanted, scheme, origin string) *http.Transport {
	key := lane{origin: origin, site: asked.site.name, scheme: scheme}
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
	door := &door{origin: origin, health: o.health, secure: secure}
	made := &http.Transport{
		DialContext:           door.dial,
		DialTLSContext:        door.dialTLS,
		DisableCompression:    true,
		MaxIdleConnsPerHost:   32,
		IdleConnTimeout:       keptIdle,
		ResponseHeaderTimeout: answerTimeout,
		ExpectContinueTimeout: time.Second,
	}
	o.transports[key] = made
	return made
}

// repeatable tells whether a request that has failed may be sent again: the origin was not reached, or it asks for
// nothing to be changed; and no part of its body is used up.
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

// keptBody is a request's body that several attempts may begin with: it stays open until the visitor's request ends.
type keptBody struct {
	inner io.Reader
	used  atomic.Bool
}

func (b *keptBody) Read(into []byte) (int, error) {
	b.used.Store(true)
	return b.inner.Read(into)
}

func (b *keptBody) Close() error { return nil }
