package controlplane

import (
	"fmt"
	"os"

	"tailnet-k3s/k3s/config"
	"tailnet-k3s/k3s/pki"
)

// KeepDatastoreFiles copies the PEM files of the datastore to where the control plane may read them: the ones that were
// named are root's alone, as keys should be. It gives the datastore with the copies in their place.
func (l Layout) KeepDatastoreFiles(store config.Datastore) (config.Datastore, error) {
	folder := pki.Folder{Path: l.TLS(), Group: l.User}
	for _, file := range []struct {
		option string
		name   string
		path   *string
	}{
		{"datastore-cafile", "datastore-ca.crt", &store.CAFile},
		{"datastore-certfile", "datastore.crt", &store.CertFile},
		{"datastore-keyfile", "datastore.key", &store.KeyFile},
	} {
		if *file.path == "" {
			continue
		}
		content, err := os.ReadFile(*file.path)
		if err != nil {
			return store, fmt.Errorf("%s: %w", file.option, err)
		}
		if err := folder.Write(file.name, content, 0o640); err != nil {
			return store, err
		}
		*file.path = l.tls(file.name)
	}
	return store, nil
}
