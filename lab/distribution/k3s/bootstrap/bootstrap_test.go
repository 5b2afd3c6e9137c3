package bootstrap

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"
)

// memory is a datastore for one test.
type memory struct {
	mutex  sync.Mutex
	values map[string][]byte
}

func (m *memory) Get(_ context.Context, key string) ([]byte, bool, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	value, found := m.values[key]
	return value, found, nil
}

func (m *memory) List(_ context.Context, prefix string) ([]string, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	var keys []string
	for key := range m.values {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

func (m *memory) Create(_ context.Context, key string, value []byte) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if _, there := m.values[key]; !there {
		m.values[key] = value
	}
	return nil
}

func offer(name string) func() (Files, error) {
	return func() (Files, error) { return Files{"server-ca.key": []byte("the key of " + name)}, nil }
}

func TestSealedContentOpensByItsTokenOnly(t *testing.T) {
	sealed, err := Seal([]byte("content"), "token")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("content")) {
		t.Error("the content can be read without the token")
	}
	if opened, err := Open(sealed, "token"); err != nil || string(opened) != "content" {
		t.Errorf("opened %q: %v", opened, err)
	}
	if _, err := Open(sealed, "another"); !errors.Is(err, ErrOtherToken) {
		t.Errorf("by another token: %v", err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := Open(sealed, "token"); !errors.Is(err, ErrOtherToken) {
		t.Errorf("changed on the way: %v", err)
	}
	if _, err := Open([]byte("short"), "token"); !errors.Is(err, ErrOtherToken) {
		t.Errorf("cut off: %v", err)
	}
}

// The first text is in the format of k3s, the second one in that of earlier versions of this program. Both were made in
// Python, from the token "token".
func TestOpensTheFormatOfK3sAndTheEarlierOne(t *testing.T) {
	earlier, err := hex.DecodeString("000102030405060708090a0b0c0d0e0f" +
		"000102030405060708090a0b75db2c2fc9529ee699747bfe2a3373445f6e46f90c9754")
	if err != nil {
		t.Fatal(err)
	}
	for _, sealed := range [][]byte{[]byte("0011223344556677:AAECAwQFBgcICQoLxQloBjKxfYrRkm60V7OvMpeFtZEiDqk="), earlier} {
		if opened, err := Open(sealed, "token"); err != nil || string(opened) != "content" {
			t.Errorf("opened %q: %v", opened, err)
		}
		if _, err := Open(sealed, "another"); !errors.Is(err, ErrOtherToken) {
			t.Errorf("by another token: %v", err)
		}
	}
}

func TestSecondServerGetsTheFirstOnesFiles(t *testing.T) {
	store := &memory{values: map[string][]byte{}}
	for _, name := range []string{"first", "second"} {
		files, err := Load(t.Context(), store, "token", offer(name))
		if err != nil || string(files["server-ca.key"]) != "the key of first" {
			t.Errorf("%s server has %q: %v", name, files["server-ca.key"], err)
		}
	}
}

func TestServersThatStartAtOnceAgree(t *testing.T) {
	store := &memory{values: map[string][]byte{}}
	got := make(chan string, 8)
	for i := range 8 {
		go func() {
			files, _ := Load(t.Context(), store, "token", offer(string(rune('a'+i))))
			got <- string(files["server-ca.key"])
		}()
	}
	first := <-got
	for range 7 {
		if next := <-got; next != first || next == "" {
			t.Errorf("one server has %q, another %q", first, next)
		}
	}
}

func TestAnotherTokenIsRefused(t *testing.T) {
	store := &memory{values: map[string][]byte{}}
	if _, err := Load(t.Context(), store, "token", offer("first")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(t.Context(), store, "another", offer("second")); !errors.Is(err, ErrOtherToken) {
		t.Errorf("by another token: %v", err)
	}
}

func TestHostOfAnotherClusterIsNoticed(t *testing.T) {
	cluster := Files{"server-ca.crt": []byte("a"), "service.key": []byte("b")}
	if name, other := cluster.Conflict(Files{"server-ca.crt": []byte("a")}); other {
		t.Errorf("%s is the same, and taken for another", name)
	}
	if name, other := cluster.Conflict(Files{"service.key": []byte("x")}); !other || name != "service.key" {
		t.Errorf("a different service.key is not noticed: %q", name)
	}
}

func TestTransportRefusesWhatItCantRead(t *testing.T) {
	if settings, err := transport("", "", ""); settings != nil || err != nil {
		t.Errorf("without TLS: %v", err)
	}
	if _, err := transport("/nonexistent", "", ""); err == nil || !strings.HasPrefix(err.Error(), "datastore-cafile") {
		t.Errorf("a CA file that isn't there: %v", err)
	}
}
