package bootstrap

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

const prefix = "/bootstrap/"

// Files are what the servers have in common, by file name in the folder server/tls.
type Files map[string][]byte

// Store is the part of a datastore that is needed here.
type Store interface {
	// Get gives a key's value, and false if there is none.
	Get(ctx context.Context, key string) ([]byte, bool, error)
	// List gives the keys that begin with a prefix.
	List(ctx context.Context, prefix string) ([]string, error)
	// Create makes a key, unless it is there already.
	Create(ctx context.Context, key string, value []byte) error
}

// Load gives the cluster's files. On an empty datastore it puts those of offer there; when two servers do so at once,
// both get what the faster one put. What this gives has been read back, never merely written.
func Load(ctx context.Context, store Store, token string, offer func() (Files, error)) (Files, error) {
	if files, found, err := get(ctx, store, token); err != nil || found {
		return files, err
	}
	others, err := store.List(ctx, prefix)
	if err != nil {
		return nil, err
	}
	if len(others) > 0 {
		return nil, ErrOtherToken
	}
	offered, err := offer()
	if err != nil {
		return nil, err
	}
	content, err := json.Marshal(offered)
	if err != nil {
		return nil, err
	}
	sealed, err := Seal(content, token)
	if err != nil {
		return nil, err
	}
	if err := store.Create(ctx, key(token), sealed); err != nil {
		return nil, err
	}
	files, found, err := get(ctx, store, token)
	if err == nil && !found {
		err = errors.New("the datastore took the bootstrap data and doesn't have them")
	}
	return files, err
}

func get(ctx context.Context, store Store, token string) (Files, bool, error) {
	sealed, found, err := store.Get(ctx, key(token))
	if err != nil || !found {
		return nil, false, err
	}
	content, err := Open(sealed, token)
	if err != nil {
		return nil, false, err
	}
	var files Files
	if err := json.Unmarshal(content, &files); err != nil {
		return nil, false, fmt.Errorf("the bootstrap data in the datastore are not readable: %w", err)
	}
	return files, true, nil
}

// Conflict names a file that this host has in another version than the cluster, if there is one: the host was part of
// another cluster, and going on would give it two authorities.
func (f Files) Conflict(present Files) (string, bool) {
	for name, content := range present {
		if wanted, shared := f[name]; shared && !bytes.Equal(wanted, content) {
			return name, true
		}
	}
	return "", false
}
