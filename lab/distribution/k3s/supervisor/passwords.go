package supervisor

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"tailnet-k3s/k3s/kubeapi"
)

const (
	secretsPath  = "/api/v1/namespaces/kube-system/secrets"
	secretSuffix = ".node-password.k3s"
	iterations   = 4096 // what is hashed is random and has 128 bits
)

// passwords remembers each node's password, as a hash in a Secret of the cluster, so that nobody who has a join token
// can take the name, and by it the pods and their secrets, of a node that exists.
type passwords struct {
	client   *kubeapi.Client
	ownNode  string
	apiReady func() bool

	mutex sync.Mutex
	own   string // of this server's own node, to be checked once the API is there
}

type refusal struct {
	code    int
	message string
}

// verify checks a node's password, and keeps it if it is the first one of that name. The server's own node may start
// before the API does; it is checked later.
func (p *passwords) verify(ctx context.Context, node, password string, local bool) *refusal {
	if !p.apiReady() {
		if local && node == p.ownNode {
			p.mutex.Lock()
			defer p.mutex.Unlock()
			p.own = password
			return nil
		}
		return &refusal{http.StatusServiceUnavailable, "the API server of this host is not ready"}
	}
	if err := p.check(ctx, node, password); errors.Is(err, errOtherPassword) {
		return &refusal{http.StatusForbidden, err.Error()}
	} else if err != nil {
		return &refusal{http.StatusServiceUnavailable, "the node's password can't be checked: " + err.Error()}
	}
	return nil
}

func (p *passwords) verifyOwn(ctx context.Context) error {
	p.mutex.Lock()
	password := p.own
	p.mutex.Unlock()
	if password == "" {
		return nil
	}
	return p.check(ctx, p.ownNode, password)
}

var errOtherPassword = errors.New("another host has joined under this node name: delete that node, or give this one " +
	"another node-name (/etc/rancher/node/password holds what the first host joined with)")

func (p *passwords) check(ctx context.Context, node, password string) error {
	var secret kubeapi.Secret
	err := p.client.Get(ctx, secretsPath+"/"+node+secretSuffix, &secret)
	if kubeapi.IsNotFound(err) {
		err = p.client.Create(ctx, secretsPath, kubeapi.Secret{
			APIVersion: "v1", Kind: "Secret",
			Metadata:  kubeapi.Metadata{Name: node + secretSuffix},
			Immutable: true,
			Data:      map[string][]byte{"hash": []byte(hash(password, nil))},
		})
		if !kubeapi.IsConflict(err) {
			return err
		}
		err = p.client.Get(ctx, secretsPath+"/"+node+secretSuffix, &secret)
	}
	if err != nil {
		return err
	}
	kept := string(secret.Data["hash"])
	salt, _, _ := strings.Cut(kept, ":")
	decoded, err := base64.RawStdEncoding.DecodeString(salt)
	if err != nil || subtle.ConstantTimeCompare([]byte(hash(password, decoded)), []byte(kept)) != 1 {
		return errOtherPassword
	}
	return nil
}

// hash gives salt:hash in base64; with a new salt if there is none.
func hash(password string, salt []byte) string {
	if salt == nil {
		salt = make([]byte, 16)
		rand.Read(salt)
	}
	key, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil { // only for parameters that are constants here
		panic(err)
	}
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("%s:%s", encode(salt), encode(key))
}

// ForgetNode removes the password of a node that was deleted, so that a new host may have its name.
func ForgetNode(ctx context.Context, client *kubeapi.Client, node string) error {
	err := client.Delete(ctx, secretsPath+"/"+node+secretSuffix)
	if kubeapi.IsNotFound(err) {
		return nil
	}
	return err
}
