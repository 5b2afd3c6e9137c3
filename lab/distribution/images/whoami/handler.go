// What whoami answers: its host name, its addresses, and the request as it arrived.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
)

// answer is what /api gives as JSON and / as text.
type answer struct {
	Hostname   string      `json:"hostname"`
	IP         []string    `json:"ip"`
	Headers    http.Header `json:"headers"`
	URL        string      `json:"url"`
	Host       string      `json:"host"`
	Method     string      `json:"method"`
	Name       string      `json:"name,omitempty"`
	RemoteAddr string      `json:"remoteAddr"`
}

func handler(name string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/api", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(describe(name, r))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		write(w, describe(name, r), r)
	})
	return mux
}

func describe(name string, r *http.Request) answer {
	hostname, _ := os.Hostname()
	return answer{
		Hostname: hostname, IP: addresses(), Headers: r.Header, URL: r.URL.RequestURI(), Host: r.Host,
		Method: r.Method, Name: name, RemoteAddr: r.RemoteAddr,
	}
}

func write(w http.ResponseWriter, a answer, r *http.Request) {
	if a.Name != "" {
		fmt.Fprintln(w, "Name:", a.Name)
	}
	fmt.Fprintln(w, "Hostname:", a.Hostname)
	for _, ip := range a.IP {
		fmt.Fprintln(w, "IP:", ip)
	}
	fmt.Fprintln(w, "RemoteAddr:", a.RemoteAddr)
	_ = r.Write(w)
}

func addresses() []string {
	found := []string{}
	networks, _ := net.InterfaceAddrs()
	for _, network := range networks {
		if ip, _, err := net.ParseCIDR(network.String()); err == nil {
			found = append(found, ip.String())
		}
	}
	return found
}
