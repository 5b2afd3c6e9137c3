package controlplane

import (
	"net/url"
	"path/filepath"
	"strings"

	"tailnet-k3s/k3s/children"
	"tailnet-k3s/k3s/config"
)

// sqliteOptions are those of the published k3s, which is kine's own default.
const sqliteOptions = "_journal_mode=WAL&_busy_timeout=30000&_synchronous=NORMAL&_txlock=immediate" +
	"&_stmt_cache_size=20&cache=shared"

// Kine is the program between the API server and a database. Its endpoint has a password in it, so it goes by the
// environment, not by an argument.
func (l Layout) Kine(store config.Datastore) children.Program {
	if store.Endpoint == "" {
		store.Endpoint = "sqlite://" + filepath.Join(l.Database(), "state.db") + "?" + sqliteOptions
	}
	return children.Program{
		Name: "kine",
		Path: filepath.Join(l.Bin, "kine"),
		Environment: []string{
			"KINE_ENDPOINT=" + store.Endpoint,
			"KINE_LISTEN_ADDRESS=unix://" + l.KineSocket(),
			"KINE_METRICS_BIND_ADDRESS=0",
			"KINE_CA_FILE=" + store.CAFile,
			"KINE_CERT_FILE=" + store.CertFile,
			"KINE_KEY_FILE=" + store.KeyFile,
		},
		User:    l.User,
		Base:    2,
		Secrets: []string{store.Endpoint, password(store.Endpoint)},
	}
}

// password finds the password in user:password@…, which stands in the endpoint of any database.
func password(endpoint string) string {
	_, rest, _ := strings.Cut(endpoint, "://")
	at := strings.LastIndex(rest, "@")
	if at < 0 {
		return ""
	}
	_, secret, _ := strings.Cut(rest[:at], ":")
	if decoded, err := url.PathUnescape(secret); err == nil && decoded != secret {
		return decoded
	}
	return secret
}
