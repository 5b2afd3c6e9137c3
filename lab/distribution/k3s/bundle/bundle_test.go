package bundle

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// executable makes a file as lab/distribution/assemble.py does. The version is in every program.
func executable(t *testing.T, version string, names ...string) string {
	t.Helper()
	var packed bytes.Buffer
	compressor, err := zstd.NewWriter(&packed)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewWriter(compressor)
	for _, name := range names {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(version))}); err != nil {
			t.Fatal(err)
		}
		_, _ = archive.Write([]byte(version))
	}
	if err := errors.Join(archive.Close(), compressor.Close()); err != nil {
		t.Fatal(err)
	}
	content := append([]byte("the program itself"), packed.Bytes()...)
	content = binary.BigEndian.AppendUint64(content, uint64(packed.Len()))
	path := filepath.Join(t.TempDir(), "k3s")
	if err := os.WriteFile(path, append(content, mark...), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

var all = []string{
	"cni-bridge", "cni-flannel", "cni-host-local", "cni-loopback", "cni-portmap", "containerd", "containerd-shim-runc-v2",
	"ctr", "flanneld", "kine", "kube", "runc",
}

func TestProgramsAreUnpackedOnceUnderTheNamesTheyRunBy(t *testing.T) {
	path, folder := executable(t, "one", all...), t.TempDir()
	bin, err := Unpack(path, folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(required, kubeNames...) {
		if content, err := os.ReadFile(filepath.Join(bin, name)); err != nil || string(content) != "one" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(filepath.Join(bin, "mark"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if again, err := Unpack(path, folder); err != nil || again != bin {
		t.Errorf("the second time: %s %v", again, err)
	}
	if _, err := os.Stat(filepath.Join(bin, "mark")); err != nil {
		t.Error("it was unpacked again")
	}
	if current, err := Current(path, folder); err != nil || current != bin {
		t.Errorf("the current programs are in %s: %v", current, err)
	}
}

func TestTheVersionBeforeStaysAndOlderOnesGo(t *testing.T) {
	folder := t.TempDir()
	bins := make([]string, 0, 3)
	for _, version := range []string{"one", "two", "three"} {
		bin, err := Unpack(executable(t, version, all...), folder)
		if err != nil {
			t.Fatal(err)
		}
		bins = append(bins, bin)
	}
	for i, there := range []bool{false, true, true} {
		if _, err := os.Stat(bins[i]); (err == nil) != there {
			t.Errorf("version %d: %v", i+1, err)
		}
	}
	for name, bin := range map[string]string{"previous": bins[1], "current": bins[2]} {
		if content, err := filepath.EvalSymlinks(filepath.Join(folder, name, "bin")); err != nil || content != bin {
			t.Errorf("%s leads to %s: %v", name, content, err)
		}
	}
}

func TestUnpackRefuses(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "k3s")
	if err := os.WriteFile(plain, []byte("a program without anything behind it"), 0o700); err != nil {
		t.Fatal(err)
	}
	damaged := executable(t, strings.Repeat("one", 100), all...)
	content, _ := os.ReadFile(damaged)
	content[len(content)-40] ^= 0xff
	if err := os.WriteFile(damaged, content, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		plain:                            "built without its programs",
		damaged:                          "unpacking",
		executable(t, "one", all[1:]...): "it carries no bridge",
	} {
		folder := t.TempDir()
		if _, err := Unpack(path, folder); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("says %v, not %q", err, says)
		}
		if _, err := os.Readlink(filepath.Join(folder, "current")); err == nil {
			t.Error("a link leads to what is not whole")
		}
	}
}
