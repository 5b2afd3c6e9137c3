package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func none(string) (string, bool) { return "", false }

// files writes config.yaml and its parts, and gives the flag that names it.
func files(t *testing.T, contents map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range contents {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return "--config=" + filepath.Join(folder, "config.yaml")
}

const datastore = "datastore-endpoint: mysql://kine:secret@tcp(127.0.0.1:3307)/kine\n"

func TestServerTakesItsFileAndFlags(t *testing.T) {
	flag := files(t, map[string]string{"config.yaml": datastore + `
node-name: oracle-1
node-ip: 100.64.0.1
flannel-iface: tailscale0
tls-san: [oracle-1, 100.64.0.1]
disable: [traefik, servicelb]
write-kubeconfig-mode: "0640"
kubelet-arg:
- eviction-hard=memory.available<100Mi,nodefs.available<5%
`})
	server, err := ReadServer([]string{flag, "--node-name", "oracle-9", "--debug"}, none)
	if err != nil {
		t.Fatal(err)
	}
	if server.Name != "oracle-9" || !server.Debug {
		t.Errorf("a flag is not stronger than the file: name %s, debug %t", server.Name, server.Debug)
	}
	if !slices.Equal(server.Disabled, []string{"traefik", "servicelb"}) {
		t.Errorf("disable is %v", server.Disabled)
	}
	if len(server.KubeletArguments) != 1 {
		t.Errorf("an argument with commas was cut: %v", server.KubeletArguments)
	}
	if server.ClusterDNS != "10.43.0.10" || server.KubernetesService().String() != "10.43.0.1" {
		t.Errorf("addresses of services: DNS %s, API %s", server.ClusterDNS, server.KubernetesService())
	}
	if server.KubeconfigMode != 0o640 {
		t.Errorf("write-kubeconfig-mode is %o", server.KubeconfigMode)
	}
}

func TestServersAreSoughtAtTheirExternalAddressUnlessTheySayWhere(t *testing.T) {
	for given, want := range map[string]string{
		"":                              "",
		"node-external-ip: 10.0.0.5":    "10.0.0.5",
		"advertise-address: 100.64.0.1": "100.64.0.1",
		"advertise-address: 100.64.0.1\nnode-external-ip: 10.0.0.5": "100.64.0.1",
	} {
		flag := files(t, map[string]string{"config.yaml": datastore + "node-ip: 100.64.0.1\n" + given + "\n"})
		server, err := ReadServer([]string{flag}, none)
		if err != nil {
			t.Fatal(err)
		}
		if server.AdvertiseAddress != want || server.Address != "100.64.0.1" {
			t.Errorf("%s: advertised %q, node %q", given, server.AdvertiseAddress, server.Address)
		}
	}
}

func TestAgentHasAnExternalAddressToo(t *testing.T) {
	flag := files(t, map[string]string{"config.yaml": "server: https://s\ntoken: t\nnode-external-ip: 192.168.1.50\n"})
	agent, err := ReadAgent([]string{flag}, none)
	if err != nil {
		t.Fatal(err)
	}
	if agent.ExternalAddress != "192.168.1.50" {
		t.Errorf("it is %q", agent.ExternalAddress)
	}
}

// As k3s' own parser has it (pkg/configfilearg): a value without quotes is what its YAML takes it for.
func TestValuesWithoutQuotesAreReadAsThePublishedOneReadsThem(t *testing.T) {
	for given, want := range map[string]string{
		"007": "7", "1e3": "1000", "y": "true", "no": "false", "2024-01-01": "2024-01-01",
		`"007"`: "007", `"1e3"`: "1e3", `"y"`: "y", `"no"`: "no", `"null"`: "null",
	} {
		flag := files(t, map[string]string{"config.yaml": datastore + "node-name: " + given + "\nnode-label: [" + given + "]\n"})
		server, err := ReadServer([]string{flag}, none)
		if err != nil {
			t.Fatalf("%s: %v", given, err)
		}
		if server.Name != want || server.Labels[0] != want {
			t.Errorf("%s: the name is %q, the label %q, not %q", given, server.Name, server.Labels[0], want)
		}
	}
}

func TestPartsReplaceOrAdd(t *testing.T) {
	flag := files(t, map[string]string{
		"config.yaml":            datastore + "node-label: [a=1]\ntls-san: [one]\nnode-name: first\n",
		"config.yaml.d/10.yaml":  "node-label+: [b=2]\ntls-san: [two]\n",
		"config.yaml.d/20.yaml":  "node-name: second\nnode-label+: c=3\n",
		"config.yaml.d/notes.md": "not: read",
	})
	server, err := ReadServer([]string{flag}, none)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(server.Labels, []string{"a=1", "b=2", "c=3"}) {
		t.Errorf("a key with + does not add: %v", server.Labels)
	}
	if !slices.Equal(server.Names, []string{"two"}) || server.Name != "second" {
		t.Errorf("a later part does not replace: %v %s", server.Names, server.Name)
	}
}

func TestEnvironmentIsBetweenFlagsAndFiles(t *testing.T) {
	flag := files(t, map[string]string{"config.yaml": "server: https://file:6443\ntoken: file\n"})
	environment := map[string]string{"K3S_TOKEN": "environment", "K3S_URL": "https://environment"}
	agent, err := ReadAgent([]string{flag, "--server=https://flag:7443"}, func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	})
	if err != nil {
		t.Fatal(err)
	}
	if agent.Token != "environment" || agent.Server != "https://flag:7443" {
		t.Errorf("token %s, server %s", agent.Token, agent.Server)
	}
}

func TestTokenMayStandInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	agent, err := ReadAgent([]string{"--config=/nonexistent", "--server=https://s", "--token-file=" + path}, none)
	if err != nil {
		t.Fatal(err)
	}
	if agent.Token != "from-file" || agent.Server != "https://s:443" {
		t.Errorf("token %q, server %s", agent.Token, agent.Server)
	}
}

func TestServerRefuses(t *testing.T) {
	for name, given := range map[string]struct{ config, flag, says string }{
		"unknown key":        {config: "flannel-interface: x", says: "flannel-interface: is not an option of k3s"},
		"unknown flag":       {flag: "--no-such=1", says: "no-such: is not an option"},
		"embedded etcd":      {config: "cluster-init: true", says: "cluster-init: embedded etcd is not in the lab's k3s"},
		"VPN":                {config: "vpn-auth: name=tailscale", says: "vpn-auth: the lab's k3s joins no VPN"},
		"component":          {config: "disable: [treafik]", says: `"treafik" is not a packaged component`},
		"backend":            {config: "flannel-backend: wireguard-native", says: "not supported by the lab's k3s"},
		"two families":       {config: `node-ip: "100.64.0.1,fd7a::1"`, says: "is not one IPv4 address"},
		"external name":      {config: "node-external-ip: eth0", says: `node-external-ip: "eth0" is not one IPv4 address`},
		"flannel elsewhere":  {config: "flannel-external-ip: true", says: "flannel of the lab's k3s uses the address of its"},
		"overlap":            {config: "service-cidr: 10.42.128.0/20", says: "overlaps cluster-cidr"},
		"DNS outside":        {config: "cluster-dns: 10.96.0.10", says: "is outside of service-cidr"},
		"network":            {config: "cluster-cidr: 10.42.0.0", says: "is not one IPv4 network"},
		"name":               {config: "node-name: Oracle_1", says: "is not a DNS name in lower case"},
		"mode":               {config: "write-kubeconfig-mode: rw", says: "is not a file mode"},
		"switch":             {config: "debug: perhaps", says: "neither true nor false"},
		"port":               {config: "https-listen-port: 70000", says: "is not a port"},
		"list for one value": {config: "flannel-iface: [a, b]", says: "takes one value, not 2"},
		"mapping for value":  {config: "node-label: {a: b}", says: "neither a value nor a list"},
		"no mapping":         {config: "- a", says: "is not a mapping"},
		"argument":           {flag: "server", says: `"server" is not a flag`},
		"no value":           {flag: "--node-name", says: "needs a value"},
	} {
		t.Run(name, func(t *testing.T) {
			content := datastore
			if name == "no mapping" {
				content = ""
			}
			flags := []string{files(t, map[string]string{"config.yaml": content + given.config + "\n"})}
			if given.flag != "" {
				flags = append(flags, given.flag)
			}
			if _, err := ReadServer(flags, none); err == nil || !strings.Contains(err.Error(), given.says) {
				t.Errorf("says %v, not %q", err, given.says)
			}
		})
	}
}

func TestDatastoreIsAFileUnlessThereIsAnEndpointWhichIsNeverShown(t *testing.T) {
	flag := files(t, map[string]string{"config.yaml": "node-name: a\n"})
	server, err := ReadServer([]string{flag}, none)
	if err != nil || server.Datastore.Endpoint != "" || server.Datastore.Etcd() != nil {
		t.Errorf("no endpoint: %v, %v", server, err)
	}
	_, err = ReadServer([]string{flag, "--datastore-endpoint=mongodb://u:topsecret@h"}, none)
	if err == nil || strings.Contains(err.Error(), "topsecret") {
		t.Errorf("an unknown datastore: %v", err)
	}
}

func TestAgentRefusesServersOptions(t *testing.T) {
	for flag, says := range map[string]string{
		"--tls-san=a":         "is for servers, and this is an agent",
		"--server=http://s:1": "is not a URL like https://",
		"--node-name=a":       "server: is required",
	} {
		_, err := ReadAgent([]string{"--config=/nonexistent", "--token=t", flag}, none)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s says %v, not %q", flag, err, says)
		}
	}
	_, err := ReadAgent([]string{"--config=/nonexistent", "--server=https://s"}, none)
	if err == nil || !strings.Contains(err.Error(), "token: is required") {
		t.Errorf("no token: %v", err)
	}
}

func TestEtcdIsToldFromOtherDatastores(t *testing.T) {
	several := Datastore{Endpoint: "https://100.64.0.1:2379,https://100.64.0.2:2379"}
	if len(several.Etcd()) != 2 {
		t.Errorf("endpoints of etcd are %v", several.Etcd())
	}
	if other := (Datastore{Endpoint: "mysql://u:p@tcp(h)/d"}); other.Etcd() != nil {
		t.Errorf("MySQL is taken for etcd: %v", other.Etcd())
	}
}
