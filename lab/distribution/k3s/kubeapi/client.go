// Package kubeapi is the little that k3s itself asks of the Kubernetes API: plain JSON over HTTPS.
package kubeapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"tailnet-k3s/k3s/pki"
)

const (
	requestTimeout = 15 * time.Second
	largestAnswer  = 32 << 20
)

// Client asks one API server, by a client certificate.
type Client struct {
	base string
	http *http.Client
}

// StatusError is an answer that is not a success.
type StatusError struct {
	Code    int
	Message string
}

func (e *StatusError) Error() string { return fmt.Sprintf("the API answers %d: %s", e.Code, e.Message) }

// IsNotFound tells whether the object that was asked for isn't there.
func IsNotFound(err error) bool { return hasCode(err, http.StatusNotFound) }

// IsConflict tells whether the object is there already, or was changed meanwhile.
func IsConflict(err error) bool { return hasCode(err, http.StatusConflict) }

func hasCode(err error, code int) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Code == code
}

// New makes a client for https://host:port.
func New(base string, authority []byte, pair pki.Pair) (*Client, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return nil, errors.New("the API's authority is not a certificate")
	}
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		return nil, err
	}
	return &Client{base: base, http: &http.Client{
		Timeout: requestTimeout,
		Transport: &http.Transport{
			ForceAttemptHTTP2: true,
			TLSClientConfig: &tls.Config{
				RootCAs:      roots,
				Certificates: []tls.Certificate{certificate},
				MinVersion:   tls.VersionTLS12,
			},
		},
	}}, nil
}

// Get reads an object or a list; to may be nil.
func (c *Client) Get(ctx context.Context, path string, to any) error {
	return c.do(ctx, http.MethodGet, path, "", nil, to)
}

// Create makes an object.
func (c *Client) Create(ctx context.Context, path string, object any) error {
	return c.do(ctx, http.MethodPost, path, "application/json", object, nil)
}

// Merge changes the fields that the patch names (RFC 7396).
func (c *Client) Merge(ctx context.Context, path string, patch any) error {
	return c.do(ctx, http.MethodPatch, path, "application/merge-patch+json", patch, nil)
}

// Apply makes an object as it is given, or changes the one that is there (server-side apply): its manager is k3s.
func (c *Client) Apply(ctx context.Context, path string, object any) error {
	return c.do(ctx, http.MethodPatch, path+"?fieldManager=k3s&force=true", "application/apply-patch+yaml", object, nil)
}

// Delete removes an object.
func (c *Client) Delete(ctx context.Context, path string) error {
	return c.do(ctx, http.MethodDelete, path, "", nil, nil)
}

// Ready tells whether the API server says that it is.
func (c *Client) Ready(ctx context.Context) error { return c.Get(ctx, "/readyz", nil) }

func (c *Client) do(ctx context.Context, method, path, kind string, body, to any) error {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, content)
	if err != nil {
		return err
	}
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return &StatusError{Code: response.StatusCode, Message: message(answer)}
	}
	if to == nil {
		return nil
	}
	return json.Unmarshal(answer, to)
}

func message(answer []byte) string {
	var status struct{ Message string }
	if json.Unmarshal(answer, &status) == nil && status.Message != "" {
		return status.Message
	}
	return string(answer[:min(len(answer), 200)])
}
