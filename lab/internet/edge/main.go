// Command edge is the reverse proxy in front of a lab's origins. It stands in for Cloudflare's. It follows the records and
// settings of the lab's stand-in for Cloudflare's API, also when they change.
package main

import (
	"flag"
	"log"
	"net"
	"net/http"
	"time"
)

const (
	headerTimeout = 15 * time.Second
	idleTimeout   = 75 * time.Second
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	cloud := flag.String("cloud", "", "folder with zones, resources and the origin CA's certificate")
	certificates := flag.String("certificates", "", "folder with a certificate for visitors, and its key, for each zone")
	flag.Parse()
	account, err := openAccount(*cloud)
	if err != nil {
		log.Fatal(err)
	}
	store := &certificateStore{folder: *certificates}
	proxy := newProxy(account, newOrigins(newHealth()))
	plain := &http.Server{Handler: proxy, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout}
	secure := &http.Server{
		Handler:           proxy,
		TLSConfig:         visitorTLS(store),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
	}
	ended := make(chan error)
	for _, network := range []string{"tcp4", "tcp6"} {
		for _, port := range []string{":80", ":443"} {
			listener, err := net.Listen(network, port)
			if err != nil && network == "tcp6" { // on a machine without IPv6, serve IPv4 only
				log.Printf("no IPv6 at %s: %v", port, err)
				continue
			} else if err != nil {
				log.Fatal(err)
			}
			go func() {
				if port == ":80" {
					ended <- plain.Serve(listener)
				} else {
					ended <- secure.ServeTLS(listener, "", "")
				}
			}()
		}
	}
	log.Print("ready")
	log.Fatal(<-ended)
}
