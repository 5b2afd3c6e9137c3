// Package deploy applies the files of server/manifests to the cluster: those that k3s brings along, and any that
// somebody puts there. A file that changes is applied again; a file that goes takes nothing with it.
package deploy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"
)

//go:embed manifests/*.yaml
var packaged embed.FS

// Settings are what the applying, and the packaged files, depend on.
type Settings struct {
	Folder     string
	Kubectl    string // path of the program
	Kubeconfig string
	Disabled   []string // packaged components that are not wanted, and are deleted if they are there
	Values     Values
}

// Values are filled into the packaged files.
type Values struct {
	ClusterDNS    string
	ClusterDomain string
	LocalStorage  string // folder of every host in which volumes are made
}

const (
	scanEvery = 15 * time.Second
	retry     = 2 * time.Second
	patience  = time.Minute // for one run of kubectl
)

// Run writes the packaged files, and applies everything in the folder until the context ends.
func Run(ctx context.Context, settings Settings) {
	if err := settings.unpack(ctx); err != nil {
		slog.Error("writing the packaged manifests", "cause", err)
	}
	applied := map[string][sha256.Size]byte{}
	for {
		next := scanEvery
		if err := settings.applyChanged(ctx, applied); err != nil && ctx.Err() == nil {
			slog.Error("applying a manifest: tried again", "cause", err)
			next = retry
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
	}
}

// unpack writes the packaged files; those of disabled components go, with what they made.
func (s Settings) unpack(ctx context.Context) error {
	return fs.WalkDir(packaged, "manifests", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		target := filepath.Join(s.Folder, entry.Name())
		if slices.Contains(s.Disabled, strings.TrimSuffix(entry.Name(), ".yaml")) {
			return s.remove(ctx, target)
		}
		content, err := render(path, s.Values)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	})
}

func render(path string, values Values) ([]byte, error) {
	parsed, err := template.ParseFS(packaged, path)
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	err = parsed.Execute(&content, values)
	return content.Bytes(), err
}

func (s Settings) remove(ctx context.Context, path string) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := s.kubectl(ctx, "delete", "--ignore-not-found", "--wait=false", "-f", path); err != nil {
		return err
	}
	return os.Remove(path)
}

// applyChanged applies the files that are not as they were when they were applied last. One that has a neighbour with
// ".skip" after its name is left alone. A file that fails does not keep the others from their turn.
func (s Settings) applyChanged(ctx context.Context, applied map[string][sha256.Size]byte) error {
	var failed []error
	err := filepath.WalkDir(s.Folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)) {
			return err
		}
		if _, err := os.Stat(path + ".skip"); err == nil {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		if applied[path] == sum || len(bytes.TrimSpace(content)) == 0 {
			return nil
		}
		if err := s.kubectl(ctx, "apply", "--server-side", "--force-conflicts", "--field-manager=k3s-deploy",
			"-f", path); err != nil {
			failed = append(failed, err)
			return nil
		}
		slog.Info("applied " + path)
		applied[path] = sum
		return nil
	})
	return errors.Join(append(failed, err)...)
}

func (s Settings) kubectl(ctx context.Context, arguments ...string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	command := exec.CommandContext(ctx, s.Kubectl, append([]string{"--kubeconfig", s.Kubeconfig}, arguments...)...)
	command.Env = append(os.Environ(), "HOME="+filepath.Dir(s.Kubeconfig))
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", arguments[len(arguments)-1], err, strings.TrimSpace(string(output)))
	}
	return nil
}
