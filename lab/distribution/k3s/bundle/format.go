// Package bundle gets the programs that k3s is made of out of the one file that is installed.
//
// The file is an ordinary executable with a packed archive behind its end: a tar by zstd, then the archive's length in 8
// bytes, then a mark. lab/distribution/assemble.py writes it; so nothing is compiled again when one program changes.
package bundle

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	mark        = "lab-k3s1"
	trailerSize = int64(8 + len(mark))
	// what identifies an archive: its end, which has the checksum that zstd makes of the whole
	identitySize = 64 << 10
)

// required are the programs that an archive must have, under the names by which they are run.
var required = []string{
	"kube", "kine", "flanneld", "containerd", "containerd-shim-runc-v2", "ctr", "runc",
	"bridge", "host-local", "loopback", "portmap", "flannel",
}

// kubeNames are the names under which the program kube is each of the components of Kubernetes.
var kubeNames = []string{
	"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl",
}

// ErrNone says that an executable has no archive: it was built, and nothing was put in.
var ErrNone = errors.New("this k3s was built without its programs: see lab/distribution/k3s/README.md")

// archive is the part of an executable that holds the programs.
type archive struct {
	*io.SectionReader
	identity string // in hex; names its folder
}

func find(file *os.File) (archive, error) {
	info, err := file.Stat()
	if err != nil {
		return archive{}, err
	}
	end := make([]byte, trailerSize)
	if info.Size() <= trailerSize {
		return archive{}, ErrNone
	}
	if _, err := file.ReadAt(end, info.Size()-trailerSize); err != nil {
		return archive{}, err
	}
	if string(end[8:]) != mark {
		return archive{}, ErrNone
	}
	length := int64(binary.BigEndian.Uint64(end))
	start := info.Size() - trailerSize - length
	if length <= 0 || start <= 0 {
		return archive{}, fmt.Errorf("%s is damaged: its archive of %d bytes is not in it", file.Name(), length)
	}
	found := archive{SectionReader: io.NewSectionReader(file, start, length)}
	sum := sha256.New()
	sum.Write(end)
	tail := io.NewSectionReader(file, start+max(0, length-identitySize), min(length, identitySize))
	if _, err := io.Copy(sum, tail); err != nil {
		return archive{}, err
	}
	found.identity = hex.EncodeToString(sum.Sum(nil))
	return found, nil
}

// runName is the name under which a program is run: network plugins are named without what tells them apart elsewhere.
func runName(name string) string { return strings.TrimPrefix(name, "cni-") }
