package deploy

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestPackagedFilesAreYAMLWithTheClustersValues(t *testing.T) {
	paths, err := fs.Glob(packaged, "manifests/*.yaml")
	if err != nil || len(paths) < 2 {
		t.Fatalf("there are %v: %v", paths, err)
	}
	for _, path := range paths {
		content, err := render(path, Values{ClusterDNS: "10.99.0.10", ClusterDomain: "example.internal", LocalStorage: "/srv"})
		if err != nil {
			t.Fatal(err)
		}
		for name, wanted := range map[string][]string{
			"coredns.yaml":       {"clusterIP: 10.99.0.10", "kubernetes example.internal in-addr.arpa"},
			"local-storage.yaml": {`"paths": ["/srv"]`},
		} {
			for _, want := range wanted {
				if strings.HasSuffix(path, name) && !strings.Contains(string(content), want) {
					t.Errorf("%s has no %q", path, want)
				}
			}
		}
		for decoder := yaml.NewDecoder(bytes.NewReader(content)); ; {
			var object struct{ Kind string }
			if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
				break
			} else if err != nil || object.Kind == "" {
				t.Fatalf("%s: %v", path, err)
			}
		}
	}
}

// The published k3s leaves the number of replicas to whoever scales them (k3s#1606): what it applies at every start must
// not take them back.
func TestCoreDNSIsScaledByNobodyHere(t *testing.T) {
	content, err := render("manifests/coredns.yaml", Values{})
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"replicas:", "tolerationSeconds"} {
		if strings.Contains(string(content), word) {
			t.Errorf("it says %s", word)
		}
	}
}

// folder has a kubectl that writes down what it is asked, and fails for files named bad.
func folder(t *testing.T) (settings Settings, asked func() string) {
	t.Helper()
	top := t.TempDir()
	log := filepath.Join(top, "log")
	settings = Settings{Folder: filepath.Join(top, "manifests"), Kubectl: filepath.Join(top, "kubectl"), Kubeconfig: "k"}
	if err := os.Mkdir(settings.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, settings.Kubectl, "#!/bin/sh\nfor last; do :; done\necho \"$3 ${last##*/}\" >> "+log+
		"\ncase $last in *bad*) echo it is bad >&2; exit 1;; esac\n")
	return settings, func() string {
		content, _ := os.ReadFile(log)
		os.Remove(log)
		return string(content)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreAppliedWhenTheyChange(t *testing.T) {
	settings, asked := folder(t)
	applied := map[string][sha256.Size]byte{}
	for _, name := range []string{"a.yaml", "b.yaml", "c.txt", "d.yaml", "d.yaml.skip"} {
		write(t, filepath.Join(settings.Folder, name), "kind: X")
	}
	if err := settings.applyChanged(t.Context(), applied); err != nil {
		t.Error(err)
	}
	if got := asked(); got != "apply a.yaml\napply b.yaml\n" {
		t.Errorf("at first: %q", got)
	}
	write(t, filepath.Join(settings.Folder, "b.yaml"), "kind: Y")
	if err := settings.applyChanged(t.Context(), applied); err != nil {
		t.Error(err)
	}
	if got := asked(); got != "apply b.yaml\n" {
		t.Errorf("after a change of b: %q", got)
	}
}

func TestABadFileDoesNotHoldUpOthers(t *testing.T) {
	settings, asked := folder(t)
	write(t, filepath.Join(settings.Folder, "bad.yaml"), "kind: X")
	write(t, filepath.Join(settings.Folder, "good.yaml"), "kind: X")
	err := settings.applyChanged(t.Context(), map[string][sha256.Size]byte{})
	if err == nil || !strings.Contains(err.Error(), "bad.yaml") || !strings.Contains(err.Error(), "it is bad") {
		t.Errorf("it says %v", err)
	}
	if got := asked(); got != "apply bad.yaml\napply good.yaml\n" {
		t.Errorf("kubectl was asked %q", got)
	}
}

func TestDisabledComponentIsTakenAway(t *testing.T) {
	settings, asked := folder(t)
	settings.Disabled = []string{"coredns"}
	path := filepath.Join(settings.Folder, "coredns.yaml")
	write(t, path, "kind: X")
	if err := settings.unpack(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil || asked() != "delete coredns.yaml\n" {
		t.Error("the component is still there")
	}
	if _, err := os.Stat(filepath.Join(settings.Folder, "rolebindings.yaml")); err != nil {
		t.Error(err)
	}
}
