// Package loadbalancer is how an agent reaches the servers: one local port, behind it whichever server is alive. The
// agent joins by one address; from then on it knows all servers, and remembers them over a restart.
package loadbalancer

import (
	"context"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"
)

const (
	dialTimeout = 3 * time.Second
	keepAlive   = 15 * time.Second
)

// Balancer passes TCP connections on to servers.
type Balancer struct {
	listener net.Listener
	fallback string // the address by which the agent joined: tried when no server that is known answers
	state    string // file in which the servers are remembered

	mutex   sync.Mutex
	servers []*server
}

// server is one of those behind the port. The order is by which was good last: all connections go to the first.
type server struct {
	address     string
	healthy     bool
	failures    int
	connections map[net.Conn]struct{}
}

// Listen opens the local port. Known servers from an earlier run are used at once.
func Listen(ctx context.Context, address, fallback, state string) (*Balancer, error) {
	var settings net.ListenConfig
	listener, err := settings.Listen(ctx, "tcp4", address)
	if err != nil {
		return nil, err
	}
	b := &Balancer{listener: listener, fallback: fallback, state: state}
	b.set(append(remembered(state, fallback), fallback))
	go b.accept()
	return b, nil
}

// Address is the local port's.
func (b *Balancer) Address() string { return b.listener.Addr().String() }

// Servers gives the addresses that are known, the one in use first.
func (b *Balancer) Servers() []string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	addresses := make([]string, 0, len(b.servers))
	for _, server := range b.servers {
		addresses = append(addresses, server.address)
	}
	return addresses
}

// SetServers says which servers there are now. Connections to others are closed; an empty list changes nothing.
func (b *Balancer) SetServers(addresses []string) {
	if len(addresses) == 0 {
		return
	}
	b.set(addresses)
	remember(b.state, b.fallback, addresses)
}

func (b *Balancer) set(addresses []string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.servers = slices.DeleteFunc(b.servers, func(s *server) bool {
		gone := !slices.Contains(addresses, s.address)
		if gone {
			s.closeAll()
		}
		return gone
	})
	for _, address := range addresses {
		if !slices.ContainsFunc(b.servers, func(s *server) bool { return s.address == address }) {
			b.servers = append(b.servers, newServer(address))
		}
	}
}

func newServer(address string) *server {
	return &server{address: address, healthy: true, connections: map[net.Conn]struct{}{}}
}

func (s *server) closeAll() {
	for connection := range s.connections {
		_ = connection.Close()
	}
}

// Close ends the port and its connections.
func (b *Balancer) Close() {
	_ = b.listener.Close()
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, server := range b.servers {
		server.closeAll()
	}
}

func (b *Balancer) accept() {
	for {
		client, err := b.listener.Accept()
		if err != nil {
			return
		}
		go b.pass(client)
	}
}

// candidates are the servers to try: healthy ones first, then the others, then the address of the join.
func (b *Balancer) candidates() []*server {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	var healthy, others []*server
	for _, server := range b.servers {
		if server.healthy {
			healthy = append(healthy, server)
		} else {
			others = append(others, server)
		}
	}
	all := append(healthy, others...)
	if !slices.ContainsFunc(all, func(s *server) bool { return s.address == b.fallback }) {
		all = append(all, newServer(b.fallback))
	}
	return all
}

func (b *Balancer) pass(client net.Conn) {
	defer client.Close()
	dialer := net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive}
	for _, server := range b.candidates() {
		upstream, err := dialer.Dial("tcp", server.address)
		if err != nil {
			b.report(server.address, err)
			continue
		}
		b.report(server.address, nil)
		b.track(server, upstream, true)
		splice(client, upstream)
		b.track(server, upstream, false)
		return
	}
}

func (b *Balancer) track(s *server, connection net.Conn, open bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if open {
		s.connections[connection] = struct{}{}
	} else {
		delete(s.connections, connection)
	}
}

// splice copies both ways until one side is done.
func splice(one, other net.Conn) {
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{one, other}, {other, one}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			done <- struct{}{}
		}()
	}
	<-done
	_ = one.Close()
	_ = other.Close()
	<-done
}

// report counts a server's failures one after the other. At the second it is out of use, its connections are closed and
// it goes to the end of the line.
func (b *Balancer) report(address string, failure error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	at := slices.IndexFunc(b.servers, func(s *server) bool { return s.address == address })
	if at < 0 {
		return
	}
	found := b.servers[at]
	if failure == nil {
		if !found.healthy {
			slog.Info("a server answers again", "server", address)
		}
		found.healthy, found.failures = true, 0
		return
	}
	found.failures++
	if found.failures >= failuresToLeave && found.healthy {
		slog.Warn("a server does not answer: others are used", "server", address, "cause", failure)
		found.healthy = false
		found.closeAll()
		b.servers = append(slices.Delete(b.servers, at, at+1), found)
	}
}
