package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

var (
	errNoZone   = errors.New("no zone of this account contains the name")
	errNoRecord = errors.New("the zone has no proxied record of this name")
)

// account reads the folder that the stand-in for Cloudflare's API writes. The stand-in replaces files, and never changes
// one in place.
type account struct {
	folder    string
	authority *x509.CertPool

	lock    sync.Mutex
	stamp   string
	content *content
}

// site is a name that visitors ask for, and how the edge connects to its origins.
type site struct {
	name    string
	origins []netip.Addr
	mode    string // the zone's setting ssl
	client  *tls.Certificate
}

func openAccount(folder string) (*account, error) {
	file := filepath.Join(folder, "origin-ca.pem")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", file)
	}
	return &account{folder: folder, authority: pool}, nil
}

// site finds a name's records: its own, or those of the wildcard at the same level.
func (a *account) site(name string) (site, error) {
	now := a.now()
	zone := ""
	for domain := range now.zones {
		if (name == domain || strings.HasSuffix(name, "."+domain)) && len(domain) > len(zone) {
			zone = domain
		}
	}
	if zone == "" {
		return site{}, errNoZone
	}
	id := now.zones[zone]
	_, parent, _ := strings.Cut(name, ".")
	for _, candidate := range []string{name, "*." + parent} {
		if origins, proxied := now.addresses(id, candidate); proxied {
			return site{name: name, origins: origins, mode: now.mode(id), client: now.clients[id]}, nil
		} else if len(origins) > 0 {
			break
		}
	}
	return site{}, errNoRecord
}

// now returns the current content of the files. If they can't be read, it returns the content that was read last.
func (a *account) now() *content {
	a.lock.Lock()
	defer a.lock.Unlock()
	files := []string{filepath.Join(a.folder, "zones.json"), filepath.Join(a.folder, "resources.json")}
	if stamp := stampOf(files); a.content == nil || stamp != a.stamp {
		read, err := readContent(files[0], files[1])
		if err != nil {
			log.Printf("can't read the records, and keep the old ones: %v", err)
			if read = a.content; read == nil {
				read = &content{}
			}
		}
		a.stamp, a.content = stamp, read
	}
	return a.content
}

// stampOf returns a text that changes when one of the files is replaced.
func stampOf(files []string) string {
	var stamp strings.Builder
	for _, file := range files {
		if found, err := os.Stat(file); err == nil {
			number := uint64(0)
			if inode, ok := found.Sys().(*syscall.Stat_t); ok {
				number = inode.Ino
			}
			fmt.Fprintf(&stamp, "%s %d %d %d\n", file, found.ModTime().UnixNano(), found.Size(), number)
		}
	}
	return stamp.String()
}
