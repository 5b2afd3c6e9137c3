package bundle

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/klauspost/compress/zstd"
)

// Unpack gives the folder of this executable's programs below folder: folder/<checksum>/bin. They are unpacked once; the
// link folder/current leads there, and folder/previous to those of the version before. Older ones are removed.
func Unpack(executable, folder string) (string, error) {
	file, err := os.Open(executable)
	if err != nil {
		return "", err
	}
	defer file.Close()
	found, err := find(file)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(folder, ".lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	target := filepath.Join(folder, found.identity)
	if _, err := os.Stat(target); err == nil {
		return filepath.Join(target, "bin"), point(folder, found.identity)
	}
	if err := extract(found, target); err != nil {
		return "", fmt.Errorf("unpacking %s: %w", executable, err)
	}
	return filepath.Join(target, "bin"), point(folder, found.identity)
}

// Current gives the folder of programs that a service has unpacked, or unpacks them.
func Current(executable, folder string) (string, error) {
	file, err := os.Open(executable)
	if err != nil {
		return "", err
	}
	defer file.Close()
	found, err := find(file)
	if err != nil {
		return "", err
	}
	bin := filepath.Join(folder, found.identity, "bin")
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	return Unpack(executable, folder)
}

func extract(from io.Reader, target string) error {
	temporary := target + ".new"
	if err := os.RemoveAll(temporary); err != nil {
		return err
	}
	bin := filepath.Join(temporary, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	unpacker, err := zstd.NewReader(from)
	if err != nil {
		return err
	}
	defer unpacker.Close()
	if err := extractAll(tar.NewReader(unpacker), bin); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, unpacker); err != nil { // to its end, where the checksum is
		return err
	}
	for _, name := range required {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			return fmt.Errorf("it carries no %s", name)
		}
	}
	for _, name := range kubeNames {
		if err := os.Symlink("kube", filepath.Join(bin, name)); err != nil {
			return err
		}
	}
	return os.Rename(temporary, target)
}

func extractAll(programs *tar.Reader, bin string) error {
	for {
		header, err := programs.Next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := writeProgram(filepath.Join(bin, runName(filepath.Base(header.Name))), programs); err != nil {
			return err
		}
	}
}

func writeProgram(path string, content io.Reader) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, content); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// point moves the links, and removes versions to which none leads any more.
func point(folder, hash string) error {
	current := filepath.Join(folder, "current")
	before, err := os.Readlink(current)
	if err == nil && before == hash {
		return nil
	}
	if err == nil {
		if err := link(before, filepath.Join(folder, "previous")); err != nil {
			return err
		}
	}
	if err := link(hash, current); err != nil {
		return err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() && len(entry.Name()) == 2*sha256.Size && entry.Name() != hash && entry.Name() != before {
			if err := os.RemoveAll(filepath.Join(folder, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func link(to, path string) error {
	_ = os.Remove(path + ".new")
	if err := os.Symlink(to, path+".new"); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// lock waits for any other k3s that unpacks into the same folder.
func lock(path string) (func(), error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, err
	}
	return func() { file.Close() }, nil
}
