package loadbalancer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	checkEvery      = 2 * time.Second
	checkTimeout    = 2 * time.Second
	failuresToLeave = 2
)

// Watch asks every server whether it is alive (/ping), until the context ends: a host that lost its power closes no
// connection. The authority is the one of the servers' certificates, in PEM.
func (b *Balancer) Watch(ctx context.Context, authority []byte) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	client := &http.Client{
		Timeout: checkTimeout,
		Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: roots, ServerName: "kubernetes", MinVersion: tls.VersionTLS12},
			DisableKeepAlives: true,
		},
	}
	for ticks := time.NewTicker(checkEvery); ; {
		var all sync.WaitGroup
		for _, address := range b.Servers() {
			all.Go(func() { b.report(address, ping(ctx, client, address)) })
		}
		all.Wait()
		select {
		case <-ctx.Done():
			ticks.Stop()
			return
		case <-ticks.C:
		}
	}
}

func ping(ctx context.Context, client *http.Client, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/ping", nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", response.Status)
	}
	return nil
}
