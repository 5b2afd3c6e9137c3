package controlplane

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tailnet-k3s/k3s/bootstrap"
	"tailnet-k3s/k3s/config"
)

func server(endpoint string) *config.Server {
	return &config.Server{
		Node:          config.Node{Name: "oracle-1", Token: "token"},
		BindAddress:   "0.0.0.0",
		Port:          6443,
		Names:         []string{"registration.example", "100.64.0.1"},
		ClusterDomain: "cluster.local",
		ServiceCIDR:   netip.MustParsePrefix("10.43.0.0/16"),
		ClusterCIDR:   netip.MustParsePrefix("10.42.0.0/16"),
		Datastore:     config.Datastore{Endpoint: endpoint, CAFile: "/ca", CertFile: "/crt", KeyFile: "/key"},
	}
}

const mysql = "mysql://kine:s%40cret:x@tcp(127.0.0.1:3307)/kine"

var layout = Layout{Data: "/data", Bin: "/bin", Port: 6443}

func TestPasswordIsOnNoCommandLine(t *testing.T) {
	kine := layout.Kine(config.Datastore{Endpoint: mysql})
	if strings.Contains(strings.Join(kine.Arguments, " "), "cret") {
		t.Errorf("kine's arguments are %v", kine.Arguments)
	}
	if !slices.Contains(kine.Environment, "KINE_ENDPOINT="+mysql) || !slices.Contains(kine.Secrets, mysql) {
		t.Error("kine isn't told its endpoint, or may show it")
	}
	for endpoint, want := range map[string]string{
		"mysql://kine:secret@tcp(h)/d": "secret", "mysql://kine@tcp(h)/d": "", "https://h:2379": "", mysql: "s@cret:x",
	} {
		if got := password(endpoint); got != want {
			t.Errorf("the password of %s is %q", endpoint, got)
		}
	}
}

func TestWithoutAnEndpointKineHasAFile(t *testing.T) {
	kine := layout.Kine(config.Datastore{})
	if !slices.Contains(kine.Environment, "KINE_ENDPOINT=sqlite:///data/server/db/state.db?"+sqliteOptions) {
		t.Errorf("kine's environment is %v", kine.Environment)
	}
	arguments := layout.APIServer(server(""), "100.64.0.1").Arguments
	if !slices.Contains(arguments, "--etcd-servers=unix:///data/server/db/kine.sock") {
		t.Errorf("the API server's arguments are %v", arguments)
	}
}

func TestAPIServerUsesKineOrEtcd(t *testing.T) {
	for endpoint, want := range map[string][]string{
		mysql: {"--etcd-servers=unix:///data/server/db/kine.sock"},
		"https://a:2379,https://b:2379": {
			"--etcd-servers=https://a:2379,https://b:2379", "--etcd-cafile=/ca", "--etcd-certfile=/crt", "--etcd-keyfile=/key",
		},
	} {
		arguments := layout.APIServer(server(endpoint), "100.64.0.1").Arguments
		for _, argument := range want {
			if !slices.Contains(arguments, argument) {
				t.Errorf("%s: no %s in %v", endpoint, argument, arguments)
			}
		}
	}
}

func TestArgumentsOfTheUserReplaceOurs(t *testing.T) {
	given := flags{"a": "ours", "b": "ours"}.with([]string{"a=theirs", "--c=1", "c=2"})
	if want := []string{"--b=ours", "--a=theirs", "--c=1", "--c=2"}; !slices.Equal(given, want) {
		t.Errorf("they are %v", given)
	}
}

func TestServingNamesHaveEveryAddress(t *testing.T) {
	names := servingNames(server(mysql), "100.64.0.1")
	for _, want := range []string{
		"kubernetes", "kubernetes.default.svc.cluster.local", "oracle-1", "registration.example", "100.64.0.1", "127.0.0.1",
		"10.43.0.1", APIServerAddress,
	} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing in %v", want, names)
		}
	}
	if len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("a name is there twice: %v", names)
	}
}

func TestSharedFilesAreTheSameOnASecondServer(t *testing.T) {
	first, second := Layout{Data: t.TempDir()}, Layout{Data: t.TempDir()}
	for _, each := range []Layout{first, second} {
		if err := each.Make(); err != nil {
			t.Skipf("folders: %v", err) // needs root for their owners
		}
	}
	offered, err := first.Offer()
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range []Layout{first, second} {
		authorities, err := each.Keep(offered)
		if err != nil {
			t.Fatal(err)
		}
		if string(authorities.Server.Certificate) != string(offered["server-ca.crt"]) {
			t.Error("the authority is another one")
		}
	}
	again, err := second.Offer()
	if err != nil {
		t.Fatal(err)
	}
	if name, other := offered.Conflict(again); other {
		t.Errorf("%s is made anew", name)
	}
	if name, other := (bootstrap.Files{"service.key": []byte("x")}).Conflict(second.Present()); !other || name != serviceKey {
		t.Error("files of another cluster are not noticed")
	}
}

func TestDatastoreFilesAreCopiedForTheControlPlane(t *testing.T) {
	own := Layout{Data: t.TempDir()}
	if err := os.MkdirAll(own.TLS(), 0o700); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("the key"), 0o600); err != nil {
		t.Fatal(err)
	}
	kept, err := own.KeepDatastoreFiles(config.Datastore{Endpoint: "https://h", KeyFile: key})
	if err != nil || kept.CAFile != "" || kept.KeyFile == key {
		t.Fatalf("%+v: %v", kept, err)
	}
	if content, err := os.ReadFile(kept.KeyFile); err != nil || string(content) != "the key" {
		t.Errorf("the copy holds %q: %v", content, err)
	}
	_, err = own.KeepDatastoreFiles(config.Datastore{CAFile: "/nonexistent"})
	if err == nil || !strings.HasPrefix(err.Error(), "datastore-cafile: ") {
		t.Errorf("a file that isn't there: %v", err)
	}
}
