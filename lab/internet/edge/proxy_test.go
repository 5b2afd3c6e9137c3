package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if !testing.Verbose() {
		log.SetOutput(io.Discard)
	}
	os.Exit(m.Run())
}

// echo answers with the headers that it got, and who it is.
func echo(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Server", "of-the-origin")
		fmt.Fprintln(w, "origin:", name)
		fmt.Fprintln(w, "host:", r.Host)
		fmt.Fprintln(w, "uri:", r.RequestURI)
		_ = r.Header.Write(w)
	})
}

func (l *lab) get(url string, header ...string) (int, string, http.Header) {
	l.t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	must(l.t, err)
	for number := 0; number+1 < len(header); number += 2 {
		request.Header.Set(header[number], header[number+1])
	}
	answer, err := l.client.Do(request)
	must(l.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(l.t, err)
	return answer.StatusCode, string(body), answer.Header
}

func wantCode(t *testing.T, l *lab, code int) {
	t.Helper()
	if got, body, _ := l.get("https://" + host + "/"); got != code {
		t.Fatalf("answered %d, not %d: %s", got, code, body)
	}
}

func wantLine(t *testing.T, body, line string) {
	t.Helper()
	if !strings.Contains(strings.ReplaceAll(body, "\r", ""), line+"\n") {
		t.Errorf("no line %q in:\n%s", line, body)
	}
}

func TestTheOriginLearnsTheVisitor(t *testing.T) {
	l := newLab(t)
	l.serve("127.0.0.2", echo("one"))
	l.address("1", host, "127.0.0.2", true)
	code, body, header := l.get(
		"https://"+host+"/a%2Fb?x=1&y=%20", "X-Forwarded-For", "6.6.6.6", "CF-Connecting-IP", "6.6.6.6", "Cf-Worker", "mine",
		"X-Forwarded-Proto", "http", "Forwarded", "for=6.6.6.6",
	)
	if code != 200 {
		t.Fatalf("answered %d: %s", code, body)
	}
	for _, line := range []string{
		"host: " + host, "uri: /a%2Fb?x=1&y=%20", "X-Forwarded-For: 6.6.6.6, 127.0.0.1", "Cf-Connecting-Ip: 127.0.0.1",
		"X-Forwarded-Proto: https", `Cf-Visitor: {"scheme":"https"}`, "Forwarded: for=6.6.6.6",
		"Cf-Ray: " + header.Get("CF-Ray"),
	} {
		wantLine(t, body, line)
	}
	if strings.Contains(body, "Cf-Worker") {
		t.Error("a header that only Cloudflare sets came from the visitor")
	}
	if got := header.Values("Server"); len(got) != 1 || got[0] != "cloudflare" {
		t.Errorf("Server: %q", got)
	}
}

func TestNamesWithoutAProxiedRecord(t *testing.T) {
	l := newLab(t)
	wantCode(t, l, 530)
	l.address("1", host, "127.0.0.2", false)
	wantCode(t, l, 530)
	l.address("2", "*."+domain, "127.0.0.2", true)
	wantCode(t, l, 530) // the name's own record hides the wildcard's
	l.set("1", nil)
	wantCode(t, l, 521)
	for _, name := range []string{"deeper.www." + domain, "other.example"} {
		if _, err := l.client.Get("https://" + name + "/"); err == nil || !strings.Contains(err.Error(), "tls") {
			t.Errorf("%s: %v, and there is no certificate for it", name, err)
		}
	}
	code, _, _ := l.get("https://" + host + "/")
	request, err := http.NewRequest(http.MethodGet, "https://"+host+"/", nil)
	must(t, err)
	request.Host = "other.example"
	answer, err := l.client.Do(request)
	must(t, err)
	_ = answer.Body.Close()
	if answer.StatusCode != 409 || code != 521 {
		t.Errorf("a name without a zone is answered %d", answer.StatusCode)
	}
}

func TestOriginsAreVerified(t *testing.T) {
	l := newLab(t)
	l.address("1", host, "127.0.0.2", true)
	other := newAuthority(t)
	for what, sign := range map[string]func() ([]byte, []byte){
		"of another authority":  func() ([]byte, []byte) { return other.sign(t, time.Hour, host) },
		"of the public one":     func() ([]byte, []byte) { return l.public.sign(t, time.Hour, host) },
		"for another name":      func() ([]byte, []byte) { return l.origin.sign(t, time.Hour, "api."+domain) },
		"whose time has passed": func() ([]byte, []byte) { return l.origin.sign(t, -time.Minute, host) },
	} {
		certificate, key := sign()
		server := l.serveWith("127.0.0.2", echo("wrong"), certificate, key, nil)
		if code, _, _ := l.get("https://" + host + "/"); code != 526 {
			t.Errorf("a certificate %s: %d", what, code)
		}
		server.Close()
	}
	certificate, key := l.origin.sign(t, time.Hour, host)
	l.serveWith("127.0.0.2", echo("right"), certificate, key, nil)
	l.await(200)
}

func (l *lab) await(code int) {
	l.t.Helper()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		got, body, _ := l.get("https://" + host + "/")
		if got == code {
			return
		}
		if time.Now().After(end) {
			l.t.Fatalf("still %d, not %d: %s", got, code, body)
		}
	}
}

func TestOriginsAreShownTheZonesCertificate(t *testing.T) {
	l := newLab(t)
	l.address("1", host, "127.0.0.2", true)
	clients := newAuthority(t)
	pool := x509.NewCertPool()
	pool.AddCert(clients.certificate)
	certificate, key := l.origin.sign(t, time.Hour, host)
	l.serveWith("127.0.0.2", echo("one"), certificate, key, pool)
	wantCode(t, l, 520)
	own, ownKey := clients.sign(t, time.Hour, "edge")
	l.set("c", map[string]any{
		"_type": "origin_pulls_certificate", "zoneId": zoneID, "certificate": string(own), "privateKey": string(ownKey),
		"uploadedOn": "2026-01-01T00:00:00Z",
	})
	wantCode(t, l, 520)
	l.set(zoneID+"/origin_tls_client_auth", map[string]any{
		"_type": "origin_pulls_settings", "zoneId": zoneID, "enabled": true,
	})
	wantCode(t, l, 200)
}

func TestAnotherOriginIsTriedAndTheOneThatIsDownIsRemembered(t *testing.T) {
	l := newLab(t)
	l.serve("127.0.0.2", echo("one"))
	l.address("1", host, "127.0.0.2", true)
	l.address("2", host, "127.0.0.3", true)
	for range 4 {
		wantCode(t, l, 200)
	}
	if dead := net.JoinHostPort("127.0.0.3", fmt.Sprint(l.port)); !l.origins.health.isDown(dead) {
		t.Errorf("%s is not known to be down", dead)
	}
	l.serve("127.0.0.3", echo("two"))
	seen := map[string]bool{}
	for end := time.Now().Add(5 * time.Second); len(seen) < 2; time.Sleep(20 * time.Millisecond) {
		_, body, _ := l.get("https://" + host + "/")
		seen[strings.SplitN(body, "\n", 2)[0]] = true
		if time.Now().After(end) {
			t.Fatalf("only %v answer", seen)
		}
	}
}

func TestRequestsAreRepeatedOnlyIfTheyMayBe(t *testing.T) {
	for method, want := range map[string]int{http.MethodGet: 200, http.MethodPost: 520} {
		l := newLab(t)
		var broken atomic.Int32
		l.serve("127.0.0.2", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			broken.Add(1)
			panic(http.ErrAbortHandler)
		}))
		l.serve("127.0.0.3", echo("two"))
		l.address("1", host, "127.0.0.2", true)
		l.address("2", host, "127.0.0.3", true)
		for broken.Load() == 0 {
			request, err := http.NewRequest(method, "https://"+host+"/", nil)
			must(t, err)
			answer, err := l.client.Do(request)
			must(t, err)
			_ = answer.Body.Close()
			if broken.Load() > 0 && answer.StatusCode != want {
				t.Errorf("%s, the first origin broke: %d, not %d", method, answer.StatusCode, want)
			}
		}
	}
}

func TestABodyThatNoOriginGotGoesToTheNextOne(t *testing.T) {
	l := newLab(t)
	l.serve("127.0.0.2", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, len(body))
	}))
	l.address("1", host, "127.0.0.2", true)
	l.address("2", host, "127.0.0.3", true)
	for range 2 {
		answer, err := l.client.Post("https://"+host+"/", "text/plain", strings.NewReader(strings.Repeat("x", 1<<20)))
		must(t, err)
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if string(body) != fmt.Sprint(1<<20) {
			t.Errorf("%d: %s", answer.StatusCode, body)
		}
	}
}

func TestBodiesStreamBothWays(t *testing.T) {
	l := newLab(t)
	l.serve("127.0.0.2", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		lines := bufio.NewScanner(r.Body)
		for lines.Scan() {
			fmt.Fprintln(w, "got", lines.Text())
			_ = http.NewResponseController(w).Flush()
		}
	}))
	l.address("1", host, "127.0.0.2", true)
	read, write := io.Pipe()
	go fmt.Fprintln(write, "one")
	answer, err := l.client.Post("https://"+host+"/", "text/plain", read)
	must(t, err)
	defer answer.Body.Close()
	if answer.ProtoMajor != 2 {
		t.Errorf("visitors get %s", answer.Proto)
	}
	lines := bufio.NewScanner(answer.Body)
	for _, word := range []string{"one", "two"} {
		if !lines.Scan() || lines.Text() != "got "+word {
			t.Fatalf("%q, not the answer to %q: %v", lines.Text(), word, lines.Err())
		}
		go fmt.Fprintln(write, "two")
	}
	_ = write.Close()
}

func TestLargeBodies(t *testing.T) {
	l := newLab(t)
	l.serve("127.0.0.2", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, count)
	}))
	l.address("1", host, "127.0.0.2", true)
	for size, want := range map[int64]int{64 << 20: 200, largestBody + 1: 413} {
		answer, err := l.client.Post("https://"+host+"/", "text/plain", io.LimitReader(zeros{}, size))
		must(t, err)
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != want || want == 200 && string(body) != fmt.Sprint(size) {
			t.Errorf("%d bytes: %d %.200s", size, answer.StatusCode, body)
		}
	}
}

func TestWebsocketsPass(t *testing.T) {
	l := newLab(t)
	l.serve("127.0.0.2", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, buffer, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer connection.Close()
		_, _ = buffer.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
		_ = buffer.Flush()
		line, _ := buffer.ReadString('\n')
		_, _ = buffer.WriteString("heard " + line)
		_ = buffer.Flush()
	}))
	l.address("1", host, "127.0.0.2", true)
	connection, err := tls.Dial("tcp", l.listener.Addr().String(), &tls.Config{RootCAs: l.public.pool(), ServerName: host})
	must(t, err)
	defer connection.Close()
	fmt.Fprintf(connection, "GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", host)
	reader := bufio.NewReader(connection)
	answer, err := http.ReadResponse(reader, nil)
	must(t, err)
	if answer.StatusCode != 101 {
		t.Fatalf("answered %s", answer.Status)
	}
	fmt.Fprintln(connection, "me")
	if line, _ := reader.ReadString('\n'); line != "heard me\n" {
		t.Errorf("got %q", line)
	}
}

func TestUnreadableRecordsChangeNothing(t *testing.T) {
	l := newLab(t)
	l.serve("127.0.0.2", echo("one"))
	l.address("1", host, "127.0.0.2", true)
	wantCode(t, l, 200)
	l.write("resources.json", "not what it should be")
	wantCode(t, l, 200)
}

type zeros struct{}

func (zeros) Read(into []byte) (int, error) { return len(into), nil }
