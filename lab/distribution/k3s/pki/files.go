package pki

import (
	"os"
	"path/filepath"
)

// Folder holds PEM files. Group may read them: components that have no privileges run in it.
type Folder struct {
	Path  string
	Group int
}

// Write puts a file in place in one step, so that a reader sees the old one or the new one.
func (f Folder) Write(name string, content []byte, mode os.FileMode) error {
	path := filepath.Join(f.Path, name)
	temporary, err := os.CreateTemp(f.Path, "."+name)
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if _, err := temporary.Write(content); err != nil {
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	if err := os.Chmod(temporary.Name(), mode); err != nil {
		return err
	}
	if f.Group != 0 {
		if err := os.Chown(temporary.Name(), 0, f.Group); err != nil {
			return err
		}
	}
	return os.Rename(temporary.Name(), path)
}

// Read gives a file's content, or nothing if it isn't there.
func (f Folder) Read(name string) []byte {
	content, err := os.ReadFile(filepath.Join(f.Path, name))
	if err != nil {
		return nil
	}
	return content
}

// WritePair puts name.crt and name.key in place.
func (f Folder) WritePair(name string, pair Pair) error {
	if err := f.Write(name+".key", pair.Key, 0o640); err != nil {
		return err
	}
	return f.Write(name+".crt", pair.Certificate, 0o644)
}

// Ensure gives the pair of that name, made anew if it is missing, soon to expire, another authority's or for other names.
func (f Folder) Ensure(name string, authority *Authority, subject Subject) (Pair, error) {
	pair := Pair{Certificate: f.Read(name + ".crt"), Key: f.Read(name + ".key")}
	if certificate, err := ParseCertificate(pair.Certificate); err == nil {
		if _, err := ParseKey(pair.Key); err == nil && authority.Issued(certificate, subject) {
			return pair, f.WritePair(name, pair) // owner and mode as they should be
		}
	}
	pair, err := authority.Issue(subject)
	if err != nil {
		return Pair{}, err
	}
	return pair, f.WritePair(name, pair)
}
