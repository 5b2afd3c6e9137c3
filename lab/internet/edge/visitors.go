package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// certificateShop has the certificates that visitors are shown: one for each zone, for it and all names one label below
// it, as Cloudflare's universal ones are. Files that are added or renewed are noticed.
type certificateShop struct {
	folder string

	lock   sync.Mutex
	stamp  string
	loaded []*tls.Certificate
}

func visitorTLS(shop *certificateShop) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: shop.forVisitor}
}

// forVisitor gives the certificate for the name that a visitor asks for, and an error, which ends the handshake, for
// every other name.
func (s *certificateShop) forVisitor(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(hello.ServerName)
	for _, each := range s.all() {
		if name != "" && each.Leaf.VerifyHostname(name) == nil {
			return each, nil
		}
	}
	return nil, fmt.Errorf("no certificate for %q", name)
}

func (s *certificateShop) all() []*tls.Certificate {
	s.lock.Lock()
	defer s.lock.Unlock()
	files, _ := filepath.Glob(filepath.Join(s.folder, "*.pem"))
	stamp := stampOf(files)
	if stamp == s.stamp {
		return s.loaded
	}
	s.stamp, s.loaded = stamp, nil
	for _, file := range files {
		key := strings.TrimSuffix(file, ".pem") + ".key"
		if _, err := os.Stat(key); err != nil {
			continue
		}
		if pair, err := tls.LoadX509KeyPair(file, key); err == nil {
			s.loaded = append(s.loaded, &pair)
		}
	}
	return s.loaded
}
