package controlplane

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// APIServerAddress is where the API server itself listens: a loopback address of its own, on the port that everyone
// knows, because the port on which it listens is the one that it tells the cluster. In front of it stands the supervisor.
const APIServerAddress = "127.0.0.2"

// Layout is where a server keeps its things, and who may read them.
type Layout struct {
	Data string // the data folder, /var/lib/rancher/k3s by default
	Bin  string // the unpacked programs
	User int    // number of the user and group without privileges that runs the control plane; 0: root
	Port int
}

// Server is the folder of what only servers have.
func (l Layout) Server() string { return filepath.Join(l.Data, "server") }

// TLS is the folder of certificates and keys.
func (l Layout) TLS() string { return filepath.Join(l.Server(), "tls") }

// Credentials is the folder of kubeconfig files of components.
func (l Layout) Credentials() string { return filepath.Join(l.Server(), "cred") }

// Manifests is the folder whose files are applied to the cluster.
func (l Layout) Manifests() string { return filepath.Join(l.Server(), "manifests") }

// Database is the folder of kine's socket.
func (l Layout) Database() string { return filepath.Join(l.Server(), "db") }

// KineSocket is where kine speaks etcd's protocol.
func (l Layout) KineSocket() string { return filepath.Join(l.Database(), "kine.sock") }

// API is the API server's own URL, for components on the same host.
func (l Layout) API() string { return "https://" + APIServerAddress + ":" + strconv.Itoa(l.Port) }

func (l Layout) tls(name string) string { return filepath.Join(l.TLS(), name) }

func (l Layout) credential(name string) string {
	return filepath.Join(l.Credentials(), name+".kubeconfig")
}

// Make makes the folders. Those that the control plane reads are its group's to read, and root's to write.
func (l Layout) Make() error {
	for _, folder := range []struct {
		path  string
		mode  os.FileMode
		owner int
	}{
		{l.Server(), 0o750, 0},
		{l.TLS(), 0o750, 0},
		{l.Credentials(), 0o750, 0},
		{l.Manifests(), 0o700, 0},
		{l.Database(), 0o700, l.User},
	} {
		if err := os.MkdirAll(folder.path, folder.mode); err != nil {
			return err
		}
		if err := os.Chown(folder.path, folder.owner, l.User); err != nil {
			return fmt.Errorf("%s: %w", folder.path, err)
		}
		if err := os.Chmod(folder.path, folder.mode); err != nil {
			return err
		}
	}
	// a database and socket from before the user had this number
	return filepath.WalkDir(l.Database(), func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, l.User, l.User)
	})
}
