package controlplane

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"tailnet-k3s/k3s/bootstrap"
	"tailnet-k3s/k3s/pki"
)

// Authorities are the cluster's three: one for whom clients trust, one for whom servers trust, and one for those who may
// say who somebody is.
type Authorities struct {
	Server        *pki.Authority
	Client        *pki.Authority
	RequestHeader *pki.Authority
}

const (
	serviceKey       = "service.key"
	encryptionConfig = "encryption-config.json"
)

var authorityNames = []string{"server-ca", "client-ca", "request-header-ca"}

// sharedNames are the files that must be the same on all servers.
func sharedNames() []string {
	names := []string{serviceKey, encryptionConfig}
	for _, name := range authorityNames {
		names = append(names, name+".crt", name+".key")
	}
	return names
}

// Present gives the shared files that this host has from an earlier start.
func (l Layout) Present() bootstrap.Files {
	folder := pki.Folder{Path: l.TLS()}
	present := bootstrap.Files{}
	for _, name := range sharedNames() {
		if content := folder.Read(name); content != nil {
			present[name] = content
		}
	}
	return present
}

// Offer gives what the first server puts into the datastore: files that it has, and new ones in place of missing ones.
func (l Layout) Offer() (bootstrap.Files, error) {
	files := l.Present()
	for _, name := range authorityNames {
		if files[name+".crt"] != nil && files[name+".key"] != nil {
			continue
		}
		authority, err := pki.NewAuthority("k3s-" + name)
		if err != nil {
			return nil, err
		}
		files[name+".crt"], files[name+".key"] = authority.Certificate, authority.Key
	}
	if files[serviceKey] == nil {
		_, key, err := pki.NewKey()
		if err != nil {
			return nil, err
		}
		files[serviceKey] = key
	}
	if files[encryptionConfig] == nil {
		files[encryptionConfig] = newEncryption()
	}
	return files, nil
}

// newEncryption is a configuration by which the API server encrypts Secrets in the datastore, and reads plain ones.
func newEncryption() []byte {
	key := make([]byte, 32)
	rand.Read(key)
	return fmt.Appendf(nil, `{"kind":"EncryptionConfiguration","apiVersion":"apiserver.config.k8s.io/v1","resources":[`+
		`{"resources":["secrets"],"providers":[{"aescbc":{"keys":[{"name":"aescbckey","secret":%q}]}},{"identity":{}}]}]}`,
		base64.StdEncoding.EncodeToString(key))
}

// Keep writes the shared files to disk, and opens the authorities among them.
func (l Layout) Keep(files bootstrap.Files) (*Authorities, error) {
	folder := pki.Folder{Path: l.TLS(), Group: l.User}
	for name, content := range files {
		if err := folder.Write(name, content, 0o640); err != nil {
			return nil, err
		}
	}
	opened := make([]*pki.Authority, 0, len(authorityNames))
	for _, name := range authorityNames {
		authority, err := pki.OpenAuthority(pki.Pair{Certificate: files[name+".crt"], Key: files[name+".key"]})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		opened = append(opened, authority)
	}
	return &Authorities{Server: opened[0], Client: opened[1], RequestHeader: opened[2]}, nil
}
