package containerd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "registries.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMirrorsBecomeHosts(t *testing.T) {
	read, err := ReadRegistries(write(t, `
mirrors:
  docker.io:
    endpoint: ["http://registry.lab.test", "https://second.example/path"]
  "*":
    endpoint: [https://third.example]
configs:
  second.example:
    tls: {ca_file: /etc/ca.crt, insecure_skip_verify: true}
`))
	if err != nil {
		t.Fatal(err)
	}
	hosts := read.Hosts()
	want := `server = "https://registry-1.docker.io/v2"
capabilities = ["pull", "resolve", "push"]

[host."http://registry.lab.test/v2"]
  capabilities = ["pull", "resolve"]

[host."https://second.example/path"]
  capabilities = ["pull", "resolve"]
  override_path = true
  ca = ["/etc/ca.crt"]
  skip_verify = true
`
	if hosts["docker.io"] != want {
		t.Errorf("docker.io is\n%s\nand not\n%s", hosts["docker.io"], want)
	}
	if other := hosts["_default"]; !strings.Contains(other, "https://third.example/v2") || strings.Contains(other, "server =") {
		t.Errorf("all others are\n%s", other)
	}
}

func TestFilesOfFormerMirrorsGo(t *testing.T) {
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "quay.io"), 0o700); err != nil {
		t.Fatal(err)
	}
	registries := &Registries{Mirrors: map[string]Mirror{"docker.io": {Endpoint: []string{"http://r"}}}}
	if err := registries.Write(folder); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(folder)
	if len(entries) != 1 || entries[0].Name() != "docker.io" {
		t.Errorf("the folder holds %v", entries)
	}
}

func TestNoFileMeansNoMirrors(t *testing.T) {
	for _, path := range []string{"/nonexistent", write(t, ""), write(t, "{}")} {
		if read, err := ReadRegistries(path); err != nil || len(read.Hosts()) > 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestRegistriesRefuse(t *testing.T) {
	for content, says := range map[string]string{
		"mirror: {}": "mirror",
		"mirrors: {docker.io: {endpoint: [registry.lab.test]}}": "is not a URL like https://host",
		"mirrors: {docker.io: {rewrite: {a: b}}}":               "rewrite",
	} {
		if _, err := ReadRegistries(write(t, content)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: says %v, not %q", content, err, says)
		}
	}
}

func TestConfigNamesItsFoldersAndCredentials(t *testing.T) {
	settings := Settings{
		AgentFolder: "/data/agent", Bin: "/data/bin", CNIConfig: "/data/cni", PauseImage: "pause:1", Snapshotter: "native",
	}
	registries := &Registries{Configs: map[string]Access{"r.example": {Auth: &Auth{Username: "u", Password: "p\"q"}}}}
	config := settings.config(registries, "/data/certs.d")
	for _, line := range []string{
		`root = "/data/agent/containerd"`, `sandbox = "pause:1"`, `snapshotter = "native"`, `BinaryName = "/data/bin/runc"`,
		`config_path = "/data/certs.d"`, `bin_dirs = ["/data/bin"]`, `registry.configs."r.example".auth]`, `password = "p\"q"`,
	} {
		if !strings.Contains(config, line) {
			t.Errorf("there is no %s in\n%s", line, config)
		}
	}
}
