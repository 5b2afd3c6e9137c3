package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"log"
	"net"
	"net/http"
)

// originError is the reason why an origin gave no answer, with Cloudflare's status code for it.
type originError struct {
	code   int
	origin string
	cause  error
	early  bool // no part of the request was sent
}

func (e *originError) Error() string { return fmt.Sprintf("%s: %v", e.origin, e.cause) }
func (e *originError) Unwrap() error { return e.cause }

var titles = map[int]string{
	409: "DNS resolution error (1001)",
	413: "Payload too large",
	520: "Web server is returning an unknown error",
	521: "Web server is down",
	522: "Connection timed out",
	523: "Origin is unreachable",
	524: "A timeout occurred",
	525: "SSL handshake failed",
	526: "Invalid SSL certificate",
	530: "Origin DNS error (1016)",
}

// attributed turns any error of a transport into an originError.
func attributed(err error, origin string) error {
	var failed *originError
	var limit net.Error
	switch {
	case errors.As(err, &failed):
		return &originError{code: failed.code, origin: origin, cause: failed.cause, early: failed.early}
	case errors.As(err, &limit) && limit.Timeout() && limit.Error() == "net/http: timeout awaiting response headers":
		return &originError{code: 524, origin: origin, cause: err}
	}
	return &originError{code: 520, origin: origin, cause: err}
}

// failure answers a visitor whose request has failed.
func failure(response http.ResponseWriter, request *http.Request, err error) {
	var failed *originError
	var large *http.MaxBytesError
	code := 520
	switch {
	case errors.Is(request.Context().Err(), context.Canceled):
		return // the visitor is gone
	case errors.As(err, &large):
		code = http.StatusRequestEntityTooLarge
	case errors.Is(err, errNoZone):
		code = http.StatusConflict
	case errors.Is(err, errNoRecord):
		code = 530
	case errors.As(err, &failed):
		code = failed.code
	}
	log.Printf("%d %s %s: %v", code, request.Method, request.Host, err)
	response.Header().Set("Content-Type", "text/html; charset=UTF-8")
	response.Header().Set("Cache-Control", "no-store")
	response.WriteHeader(code)
	_, _ = fmt.Fprintf(
		response, "<!doctype html>\n<title>%s | %d</title>\n<h1>Error %d</h1>\n<p>%s</p>\n<p>Ray ID: %s</p>\n",
		html.EscapeString(request.Host), code, code, titles[code], response.Header().Get("CF-Ray"),
	)
}
