package bootstrap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

const dialTimeout = 5 * time.Second

// Etcd is a datastore that speaks etcd's protocol: etcd itself, or kine in front of a database.
type Etcd struct{ client *clientv3.Client }

// Dial opens the datastore at its endpoints; the files are PEM, and empty where there is no TLS.
func Dial(endpoints []string, caFile, certFile, keyFile string) (*Etcd, error) {
	settings, err := transport(caFile, certFile, keyFile)
	if err != nil {
		return nil, err
	}
	client, err := clientv3.New(clientv3.Config{
		Endpoints:   endpoints,
		DialTimeout: dialTimeout,
		TLS:         settings,
		Logger:      zap.NewNop(),
	})
	if err != nil {
		return nil, err
	}
	return &Etcd{client: client}, nil
}

func transport(caFile, certFile, keyFile string) (*tls.Config, error) {
	if caFile == "" && certFile == "" {
		return nil, nil //nolint:nilnil // no TLS
	}
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		content, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("datastore-cafile: %w", err)
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(content) {
			return nil, errors.New("datastore-cafile: holds no certificate")
		}
	}
	if certFile != "" {
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return nil, fmt.Errorf("datastore-certfile, datastore-keyfile: %w", err)
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	return settings, nil
}

// Get implements Store.
func (e *Etcd) Get(ctx context.Context, key string) ([]byte, bool, error) {
	response, err := e.client.Get(ctx, key)
	if err != nil || len(response.Kvs) == 0 {
		return nil, false, err
	}
	return response.Kvs[0].Value, true, nil
}

// List implements Store.
func (e *Etcd) List(ctx context.Context, prefix string) ([]string, error) {
	response, err := e.client.Get(ctx, prefix, clientv3.WithPrefix())
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, pair := range response.Kvs {
		keys = append(keys, string(pair.Key))
	}
	return keys, nil
}

// Create implements Store. kine knows transactions of this form only.
func (e *Etcd) Create(ctx context.Context, key string, value []byte) error {
	_, err := e.client.Txn(ctx).
		If(clientv3.Compare(clientv3.ModRevision(key), "=", 0)).
		Then(clientv3.OpPut(key, string(value))).
		Commit()
	return err
}

// Close ends the connection.
func (e *Etcd) Close() { _ = e.client.Close() }
