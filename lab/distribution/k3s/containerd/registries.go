// Package containerd writes containerd's configuration, and translates registries.yaml into it.
package containerd

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Registries is what registries.yaml says: other places to pull a registry's images from, and how to reach hosts.
type Registries struct {
	Mirrors map[string]Mirror `yaml:"mirrors"`
	Configs map[string]Access `yaml:"configs"`
}

// Mirror lists endpoints of one registry, in order; the registry itself comes last.
type Mirror struct {
	Endpoint []string `yaml:"endpoint"`
}

// Access is how one host is reached.
type Access struct {
	Auth *Auth `yaml:"auth"`
	TLS  *TLS  `yaml:"tls"`
}

// Auth is a user of a registry.
type Auth struct {
	Username string `yaml:"username"`
	Password string `yaml:"password"`
	Auth     string `yaml:"auth"`
	Token    string `yaml:"identity_token"`
}

// TLS names files in PEM.
type TLS struct {
	CAFile   string `yaml:"ca_file"`
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	Insecure bool   `yaml:"insecure_skip_verify"`
}

const dockerHub = "registry-1.docker.io"

// ReadRegistries reads the file; no file means no mirrors. An unknown key is refused.
func ReadRegistries(path string) (*Registries, error) {
	read := &Registries{}
	content, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) || len(strings.TrimSpace(string(content))) == 0 && err == nil {
		return read, nil
	} else if err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(strings.NewReader(string(content)))
	decoder.KnownFields(true)
	if err := decoder.Decode(read); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for registry, mirror := range read.Mirrors {
		for _, endpoint := range mirror.Endpoint {
			if _, err := parse(endpoint); err != nil {
				return nil, fmt.Errorf("%s: mirrors.%s.endpoint: %w", path, registry, err)
			}
		}
	}
	return read, nil
}

func parse(endpoint string) (*url.URL, error) {
	parsed, err := url.Parse(endpoint)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
		return nil, fmt.Errorf("%q is not a URL like https://host", endpoint)
	}
	if parsed.Path == "" || parsed.Path == "/" {
		parsed.Path = "/v2"
	}
	return parsed, nil
}

// Hosts gives the content of hosts.toml for each registry that has a mirror or settings of its own.
func (r *Registries) Hosts() map[string]string {
	files := map[string]string{}
	names := slices.Collect(maps.Keys(r.Mirrors))
	for name, settings := range r.Configs {
		if settings.TLS != nil {
			names = append(names, name)
		}
	}
	for _, name := range names {
		files[folderName(name)] = r.hosts(name)
	}
	return files
}

// folderName is the name of a registry as containerd looks it up; "*" stands for all others.
func folderName(registry string) string {
	if registry == "*" {
		return "_default"
	}
	return registry
}

func (r *Registries) hosts(registry string) string {
	var text strings.Builder
	if registry != "*" {
		text.WriteString(fmt.Sprintf("server = %q\n", "https://"+upstream(registry)+"/v2"))
	}
	text.WriteString("capabilities = [\"pull\", \"resolve\", \"push\"]\n")
	text.WriteString(r.tls(upstream(registry)))
	for _, endpoint := range r.Mirrors[registry].Endpoint {
		parsed, err := parse(endpoint)
		if err != nil { // checked when the file was read
			continue
		}
		text.WriteString(fmt.Sprintf("\n[host.%q]\n  capabilities = [\"pull\", \"resolve\"]\n", parsed.String()))
		if parsed.Path != "/v2" {
			text.WriteString("  override_path = true\n")
		}
		text.WriteString(indent(r.tls(parsed.Host)))
	}
	return text.String()
}

func upstream(registry string) string {
	if registry == "docker.io" {
		return dockerHub
	}
	return registry
}

func (r *Registries) tls(host string) string {
	settings := r.Configs[host].TLS
	if settings == nil {
		return ""
	}
	var text strings.Builder
	if settings.CAFile != "" {
		fmt.Fprintf(&text, "ca = [%q]\n", settings.CAFile)
	}
	if settings.CertFile != "" {
		fmt.Fprintf(&text, "client = [[%q, %q]]\n", settings.CertFile, settings.KeyFile)
	}
	if settings.Insecure {
		text.WriteString("skip_verify = true\n")
	}
	return text.String()
}

func indent(text string) string {
	var indented strings.Builder
	for line := range strings.Lines(text) {
		indented.WriteString("  " + line)
	}
	return indented.String()
}

// Write puts the files below a folder, and takes away those of registries that are no longer named.
func (r *Registries) Write(folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for registry, content := range r.Hosts() {
		if err := os.MkdirAll(filepath.Join(folder, registry), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, registry, "hosts.toml"), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
