package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
)

// The largest request body that Cloudflare's free plan allows.
const largestBody = 100 << 20

// Headers that ReverseProxy removes, but Cloudflare passes on as the visitor has sent them.
var passedOn = []string{"Forwarded", "X-Forwarded-Host"}

// newProxy returns the handler for visitors. It finds the site, adds Cloudflare's headers, and streams the answer.
func newProxy(account *account, origins *origins) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite:       rewrite,
		Transport:     origins,
		FlushInterval: -1,
		ErrorHandler:  failure,
		ErrorLog:      log.New(io.Discard, "", 0), // it would log connections that visitors have closed
		ModifyResponse: func(response *http.Response) error {
			response.Header.Del("CF-Ray") // the edge has set its own
			response.Header.Del("Server")
			return nil
		},
	}
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		header := response.Header()
		header.Set("CF-Ray", ray())
		header.Set("Server", "cloudflare")
		found, err := account.site(siteName(request.Host))
		if err == nil && request.ContentLength > largestBody {
			err = &http.MaxBytesError{Limit: largestBody}
		}
		if err != nil {
			failure(response, request, err)
			return
		}
		asked := &requestInfo{site: found, scheme: schemeOf(request), authority: account.authority}
		request.Body = http.MaxBytesReader(response, request.Body, largestBody)
		request = request.WithContext(context.WithValue(request.Context(), requestInfoKey{}, asked))
		request.Header.Set("CF-Ray", header.Get("CF-Ray"))
		proxy.ServeHTTP(response, request)
	})
}

// rewrite turns the visitor's request into the request for the origin.
func rewrite(request *httputil.ProxyRequest) {
	in, out := request.In, request.Out
	visitor, scheme := addressOf(in), schemeOf(in)
	rayID := in.Header.Get("CF-Ray")
	for name := range out.Header {
		if strings.HasPrefix(name, "Cf-") {
			out.Header.Del(name)
		}
	}
	for _, name := range passedOn {
		if values := in.Header.Values(name); len(values) > 0 {
			out.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	chain := append(in.Header.Values("X-Forwarded-For"), visitor)
	out.Header.Set("X-Forwarded-For", strings.Join(chain, ", "))
	out.Header.Set("X-Forwarded-Proto", scheme)
	out.Header.Set("CF-Connecting-IP", visitor)
	out.Header.Set("CF-IPCountry", "XX")
	out.Header.Set("CF-Ray", rayID)
	out.Header.Set("CF-Visitor", fmt.Sprintf(`{"scheme":%q}`, scheme))
	out.Header.Set("CDN-Loop", "cloudflare; loops=1")
	out.Host = in.Host
	out.URL.Scheme, out.URL.Host = "https", in.Host // origins.RoundTrip chooses the origin
}

// siteName returns a Host header as records have it: without a port.
func siteName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

func addressOf(request *http.Request) string {
	address, _, err := net.SplitHostPort(request.RemoteAddr)
	if err != nil {
		return request.RemoteAddr
	}
	return address
}

func schemeOf(request *http.Request) string {
	if request.TLS != nil {
		return "https"
	}
	return "http"
}

// ray returns a new ID for a request, for the logs of both sides.
func ray() string {
	id := make([]byte, 8)
	_, _ = rand.Read(id)
	return hex.EncodeToString(id) + "-LAB"
}
