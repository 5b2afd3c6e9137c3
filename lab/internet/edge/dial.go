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
	// A connection ends when the origin has not acknowledged data for so long. Otherwise requests to a host without power
	// would wait for minutes. A slow origin is no problem: its kernel acknowledges what it receives.
	ackTimeout = 2 * time.Second
)

// originDialer connects to one origin, for one site.
type originDialer struct {
	origin string // address and port
	health *health
	secure *tls.Config // nil for plain HTTP
}

type startKey struct{}

// dial connects, with a timeout that is short enough for visitors. Its errors are *originError.
func (d *originDialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if start, ok := ctx.Value(startKey{}).(time.Time); ok && d.health.downSince(d.origin, start) {
		// After a broken connection, the transport connects again by itself. That is useless if the host is gone.
		return nil, &originError{code: 522, cause: errors.New("has just gone away"), early: true}
	}
	dialer := net.Dialer{
		Timeout:         connectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 2},
		Control: func(_, _ string, raw syscall.RawConn) error {
			return raw.Control(func(descriptor uintptr) {
				_ = syscall.SetsockoptInt(int(descriptor), syscall.IPPROTO_TCP, tcpUserTimeout, int(ackTimeout.Milliseconds()))
			})
		},
	}
	connection, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		if ctx.Err() == nil {
			d.health.markDown(d.origin, err)
		}
		return nil, &originError{code: dialCode(err), cause: err, early: true}
	}
	return &watchedConn{Conn: connection, dialer: d}, nil
}

// dialTLS connects, and verifies the origin's certificate.
func (d *originDialer) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
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

// watchedConn is a connection that marks its origin as down when the origin disappears without closing it.
type watchedConn struct {
	net.Conn
	dialer *originDialer
}

func (w *watchedConn) Read(into []byte) (int, error) {
	count, err := w.Conn.Read(into)
	w.note(err)
	return count, err
}

func (w *watchedConn) Write(from []byte) (int, error) {
	count, err := w.Conn.Write(from)
	w.note(err)
	return count, err
}

func (w *watchedConn) note(err error) {
	if errors.Is(err, syscall.ETIMEDOUT) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) {
		w.dialer.health.markDown(w.dialer.origin, err)
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
