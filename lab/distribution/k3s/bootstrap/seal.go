// Package bootstrap keeps what all servers of a cluster must have in common, its certificate authorities above all, in
// the datastore: the first server puts it there, sealed by the server token, the others take it from there.
package bootstrap

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
)

const (
	saltSize       = 8 // bytes; the data have it in hex
	legacySaltSize = 16
	keySize        = 32
	iterations     = 4096 // the token is random and long: this only has to keep its like apart
)

// ErrOtherToken says that the data can't be opened by this token.
var ErrOtherToken = errors.New("the bootstrap data in the datastore were written with another token: " +
	"use the token of the first server")

// Seal encrypts and authenticates content by the token, in the format of k3s (pkg/cluster/encrypt.go): the salt in hex,
// a colon, and nonce and text of AES-GCM in Base64. The key comes from the token and from the salt's hex digits.
func Seal(content []byte, token string) ([]byte, error) {
	random := make([]byte, saltSize)
	rand.Read(random)
	salt := []byte(hex.EncodeToString(random))
	sealer, err := sealer(sha1.New, token, salt)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, sealer.NonceSize())
	rand.Read(nonce)
	text := base64.StdEncoding.EncodeToString(sealer.Seal(nonce, nonce, content, nil))
	return append(append(salt, ':'), text...), nil
}

// Open is the reverse of Seal; it gives ErrOtherToken if the token is not the one. It also opens what earlier versions of
// this program sealed in a format of their own.
func Open(sealed []byte, token string) ([]byte, error) {
	if salt, text, found := bytes.Cut(sealed, []byte(":")); found && len(salt) == 2*saltSize {
		if content, err := base64.StdEncoding.DecodeString(string(text)); err == nil {
			return open(sha1.New, content, salt, token)
		}
	}
	if len(sealed) < legacySaltSize {
		return nil, ErrOtherToken
	}
	return open(sha256.New, sealed[legacySaltSize:], sealed[:legacySaltSize], token)
}

func open[H hash.Hash](digest func() H, text, salt []byte, token string) ([]byte, error) {
	sealer, err := sealer(digest, token, salt)
	if err != nil {
		return nil, err
	}
	if len(text) < sealer.NonceSize() {
		return nil, ErrOtherToken
	}
	content, err := sealer.Open(nil, text[:sealer.NonceSize()], text[sealer.NonceSize():], nil)
	if err != nil {
		return nil, ErrOtherToken
	}
	return content, nil
}

func sealer[H hash.Hash](digest func() H, token string, salt []byte) (cipher.AEAD, error) {
	key, err := pbkdf2.Key(digest, token, salt, iterations, keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// key is where the data of a token lie: a checksum of it, cut so that it gives nothing away.
func key(token string) string {
	sum := sha256.Sum256([]byte(token))
	return prefix + hex.EncodeToString(sum[:])[:12]
}
