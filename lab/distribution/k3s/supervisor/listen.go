// Package supervisor is the one port of a server: what hosts need in order to join, and in front of everything else
// Kubernetes' API, to which it says who the client is.
package supervisor

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// listen opens a TCP port that the API server, which runs as another user, may have too, on an address of its own. The
// kernel permits that (SO_REUSEPORT) to sockets of the same user only, and takes the user from the thread that makes
// the socket.
func listen(ctx context.Context, address string, user int, behind netip.Addr) (net.Listener, error) {
	type result struct {
		listener net.Listener
		err      error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and its changed user with it
		if err := unix.Setfsuid(user); err != nil {
			done <- result{nil, err}
			return
		}
		settings := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
			var failed error
			err := raw.Control(func(descriptor uintptr) {
				failed = unix.SetsockoptInt(int(descriptor), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
			})
			if err != nil {
				return err
			}
			return failed
		}}
		listener, err := settings.Listen(ctx, "tcp4", address)
		done <- result{listener, err}
	}()
	opened := <-done
	if opened.err != nil {
		return nil, fmt.Errorf("listening on %s: %w", address, opened.err)
	}
	return notFor{opened.listener, behind}, nil
}

// notFor takes no connections to the API server's own address: as long as that one does not listen yet, the kernel gives
// them to us, and we would speak to ourselves.
type notFor struct {
	net.Listener
	address netip.Addr
}

func (l notFor) Accept() (net.Conn, error) {
	for {
		connection, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		local, err := netip.ParseAddrPort(connection.LocalAddr().String())
		if err != nil || local.Addr().Unmap() != l.address {
			return connection, nil
		}
		_ = connection.Close()
	}
}
