package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// certificateStore has the certificates for visitors: one for each zone. It covers the domain and all names one label
// below it, like Cloudflare's universal certificates. The store notices new and renewed files.
type certificateStore struct {
	folder string

	lock   sync.Mutex
	stamp  string
	loaded []*tls.Certificate
}

func visitorTLS(store *certificateStore) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: store.forVisitor}
}

// forVisitor returns the certificate for the name that a visitor asks for. If there is none, it returns an error, which
// ends the handshake.
func (s *certificateStore) forVisitor(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(hello.ServerName)
	for _, each := range s.all() {
		if name != "" && each.Leaf.VerifyHostname(name) == nil {
			return each, nil
		}
	}
	return nil, fmt.Errorf("no certificate for %q", name)
}

func (s *certificateStore) all() []*tls.Certificate {
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
