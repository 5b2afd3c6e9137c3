package loadbalancer

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tailnet-k3s/k3s/pki"
)

// backend answers every connection with its name, and keeps it open.
func backend(t *testing.T, name string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = connection.Write([]byte(name + "\n"))
		}
	}()
	return listener
}

func balancer(t *testing.T, fallback, state string) *Balancer {
	t.Helper()
	b, err := Listen(t.Context(), "127.0.0.1:0", fallback, state)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// ask opens a connection by the balancer and gives the name of the server that answers; none: empty.
func ask(t *testing.T, b *Balancer) (string, net.Conn) {
	t.Helper()
	connection, err := net.Dial("tcp4", b.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	_ = connection.SetReadDeadline(time.Now().Add(5 * time.Second))
	line, _ := bufio.NewReader(connection).ReadString('\n')
	return strings.TrimSpace(line), connection
}

func TestConnectionsGoOnByAnotherServer(t *testing.T) {
	first, second := backend(t, "first"), backend(t, "second")
	b := balancer(t, first.Addr().String(), filepath.Join(t.TempDir(), "state"))
	b.SetServers([]string{first.Addr().String(), second.Addr().String()})
	if name, _ := ask(t, b); name != "first" {
		t.Fatalf("%q answers", name)
	}
	first.Close()
	if name, _ := ask(t, b); name != "second" {
		t.Errorf("after the loss of the first %q answers", name)
	}
}

func TestConnectionsOfALostServerAreClosed(t *testing.T) {
	first, second := backend(t, "first"), backend(t, "second")
	b := balancer(t, first.Addr().String(), filepath.Join(t.TempDir(), "state"))
	b.SetServers([]string{first.Addr().String(), second.Addr().String()})
	_, connection := ask(t, b)
	for range failuresToLeave {
		b.report(first.Addr().String(), net.ErrClosed)
	}
	if _, err := connection.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("the connection hangs: %v", err)
	}
	if name, _ := ask(t, b); name != "second" {
		t.Errorf("then %q answers", name)
	}
}

func TestServersAreRememberedOverARestart(t *testing.T) {
	other := backend(t, "other")
	gone, state := "127.0.0.1:1", filepath.Join(t.TempDir(), "state")
	before := balancer(t, gone, state)
	before.SetServers([]string{other.Addr().String()})
	before.Close()
	if name, _ := ask(t, balancer(t, gone, state)); name != "other" {
		t.Errorf("%q answers", name)
	}
	if known := balancer(t, "127.0.0.1:2", state).Servers(); slices.Contains(known, other.Addr().String()) {
		t.Error("the servers of another cluster are used")
	}
}

func TestAnEmptyListChangesNothing(t *testing.T) {
	b := balancer(t, "127.0.0.1:1", filepath.Join(t.TempDir(), "state"))
	b.SetServers([]string{"127.0.0.1:2"})
	b.SetServers(nil)
	if known := b.Servers(); !slices.Equal(known, []string{"127.0.0.1:2"}) {
		t.Errorf("the servers are %v", known)
	}
}

func TestWatchTellsAliveFromDead(t *testing.T) {
	authority, err := pki.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue(pki.Subject{CommonName: "a", Names: []string{"kubernetes"}})
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
	if err != nil {
		t.Fatal(err)
	}
	alive := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	alive.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	alive.StartTLS()
	defer alive.Close()
	b := balancer(t, "127.0.0.1:1", filepath.Join(t.TempDir(), "state"))
	b.SetServers([]string{"127.0.0.1:1", alive.Listener.Addr().String()})
	go b.Watch(t.Context(), authority.Certificate)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if b.Servers()[0] == alive.Listener.Addr().String() {
			return
		}
	}
	t.Errorf("the dead server is still the first: %v", b.Servers())
}
