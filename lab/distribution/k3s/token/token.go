// Package token reads and writes the secret by which hosts join. Its full form carries a checksum of the cluster's
// certificate authority, so that a host can tell the right server from an impostor before it says its secret.
package token

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

const prefix = "K10"

// Token is a join token, taken apart.
type Token struct {
	CAHash   string // sha256 of the CA file in hex; empty for a bare secret
	User     string // "server" or "node"
	Password string
}

// Parse reads K10<hash>::<user>:<password>, <user>:<password> with one of the two users, or a bare password, which
// belongs to the user that is given. A malformed token is an error that does not repeat it.
func Parse(text, user string) (Token, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return Token{}, errors.New("the token is empty")
	}
	parsed := Token{User: user}
	rest := text
	if after, full := strings.CutPrefix(text, prefix); full {
		hash, credentials, found := strings.Cut(after, "::")
		decoded, err := hex.DecodeString(hash)
		if !found || err != nil || len(decoded) != sha256.Size {
			return Token{}, errors.New("the token begins with K10, and is not K10<sha256 of the CA>::<user>:<password>")
		}
		parsed.CAHash, rest = strings.ToLower(hash), credentials
	}
	if name, password, found := strings.Cut(rest, ":"); found && (name == "server" || name == "node") {
		parsed.User, rest = name, password
	} else if parsed.CAHash != "" {
		return Token{}, errors.New("the token names neither the user server nor node")
	}
	if rest == "" {
		return Token{}, errors.New("the token has no password")
	}
	parsed.Password = rest
	return parsed, nil
}

// Format gives the full form for a cluster.
func Format(ca []byte, user, password string) string {
	return fmt.Sprintf("%s%s::%s:%s", prefix, Hash(ca), user, password)
}

// Hash is the checksum by which a token knows its cluster.
func Hash(ca []byte) string {
	sum := sha256.Sum256(ca)
	return hex.EncodeToString(sum[:])
}

// Verify tells whether a certificate authority is the one that the token was made for. A bare token trusts any.
func (t Token) Verify(ca []byte) error {
	if t.CAHash == "" || subtle.ConstantTimeCompare([]byte(t.CAHash), []byte(Hash(ca))) == 1 {
		return nil
	}
	return fmt.Errorf("the token is for another cluster: its CA checksum %s… is not the server's %s…",
		t.CAHash[:12], Hash(ca)[:12])
}

// Random makes a secret of 32 hexadecimal digits.
func Random() string {
	buffer := make([]byte, 16)
	rand.Read(buffer) // never fails (crypto/rand)
	return hex.EncodeToString(buffer)
}
