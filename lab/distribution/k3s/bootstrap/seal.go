// Package bootstrap keeps what all servers of a cluster must have in common, its certificate authorities above all, in
// the datastore: the first server puts it there, sealed by the server token, the others take it from there.
package bootstrap

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

const (
	saltSize   = 16
	keySize    = 32
	iterations = 4096 // the token is random and long: this only has to keep its like apart
)

// ErrOtherToken says that the data can't be opened by this token.
var ErrOtherToken = errors.New("the bootstrap data in the datastore were written with another token: " +
	"use the token of the first server")

// Seal encrypts and authenticates content by the token (PBKDF2, AES-GCM).
func Seal(content []byte, token string) ([]byte, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	sealer, err := sealer(token, salt)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, sealer.NonceSize())
	rand.Read(nonce)
	return sealer.Seal(append(salt, nonce...), nonce, content, nil), nil
}

// Open is the reverse of Seal; it gives ErrOtherToken if the token is not the one.
func Open(sealed []byte, token string) ([]byte, error) {
	if len(sealed) < saltSize {
		return nil, ErrOtherToken
	}
	sealer, err := sealer(token, sealed[:saltSize])
	if err != nil {
		return nil, err
	}
	rest := sealed[saltSize:]
	if len(rest) < sealer.NonceSize() {
		return nil, ErrOtherToken
	}
	content, err := sealer.Open(nil, rest[:sealer.NonceSize()], rest[sealer.NonceSize():], nil)
	if err != nil {
		return nil, ErrOtherToken
	}
	return content, nil
}

func sealer(token string, salt []byte) (cipher.AEAD, error) {
	key, err := pbkdf2.Key(sha256.New, token, salt, iterations, keySize)
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
