package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"syscall"
	"time"
)

const (
	handshakeTimeout = 4 * time.Second
	tcpUserTimeout   = 0x12 // TCP_USER_TIMEOUT of Linux; package syscall has no name for it
	// What an origin has not acknowledged after so long ends the connection: that of a host without power, on which
	// requests would wait for minutes otherwise. An origin that only takes its time acknowledges what it gets.
	silence = 2 * time.Second
)

// door is how one origin is connected to, for one site.
type door struct {
	origin string // address and port
	health *health
	secure *tls.Config // nil for plain HTTP
}

type startKey struct{}

// dial connects, within the time that visitors can be let wait for. The errors are *originError.
func (d *door) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if start, ok := ctx.Value(startKey{}).(time.Time); ok && d.health.fellSince(d.origin, start) {
		// The transport tries again where its kept connection has broken: not to a host that is gone.
		return nil, &originError{code: 522, cause: errors.New("has just gone away"), early: true}
	}
	dialer := net.Dialer{
		Timeout:         connectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 2},
		Control: func(_, _ string, raw syscall.RawConn) error {
			return raw.Control(func(descriptor uintptr) {
				_ = syscall.SetsockoptInt(int(descriptor), syscall.IPPROTO_TCP, tcpUserTimeout, int(silence.Milliseconds()))
			})
		},
	}
	connection, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		if ctx.Err() == nil {
			d.health.fell(d.origin, err)
		}
		return nil, &originError{code: dialCode(err), cause: err, early: true}
	}
	return &watched{Conn: connection, door: d}, nil
}

// dialTLS connects and checks who answers.
func (d *door) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	connection, err := d.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	limit, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	secured := tls.Client(connection, d.secure)
	if err := secured.HandshakeContext(limit); err != nil {
		_ = connection.Close()
		return nil, &originError{code: handshakeCode(err), cause: err, early: true}
	}
	return secured, nil
}

// watched is a connection that tells when its other end has gone away without a word.
type watched struct {
	net.Conn
	door *door
}

func (w *watched) Read(into []byte) (int, error) {
	count, err := w.Conn.Read(into)
	w.note(err)
	return count, err
}

func (w *watched) Write(from []byte) (int, error) {
	count, err := w.Conn.Write(from)
	w.note(err)
	return count, err
}

func (w *watched) note(err error) {
	if errors.Is(err, syscall.ETIMEDOUT) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) {
		w.door.health.fell(w.door.origin, err)
	}
}

func dialCode(err error) int {
	var limit net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return 521
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return 523
	case errors.As(err, &limit) && limit.Timeout():
		return 522
	}
	return 520
}

func handshakeCode(err error) int {
	var certificate *tls.CertificateVerificationError
	var name x509.HostnameError
	if errors.As(err, &certificate) || errors.As(err, &name) {
		return 526
	}
	return 525
}
