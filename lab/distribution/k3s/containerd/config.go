package containerd

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tailnet-k3s/k3s/children"
)

// Socket and State are where containerd is found while it runs: nothing there outlives a boot.
const (
	State  = "/run/k3s/containerd"
	Socket = State + "/containerd.sock"
)

// Settings are what the configuration depends on.
type Settings struct {
	AgentFolder string // the folder "agent" of the data folder
	Bin         string // the unpacked programs, CNI's among them
	CNIConfig   string
	PauseImage  string
	Snapshotter string
	Debug       bool
}

// ConfigFile is where the configuration is.
func (s Settings) ConfigFile() string {
	return filepath.Join(s.AgentFolder, "etc", "containerd", "config.toml")
}

// Write makes the configuration, and the registries' files that it points to.
func (s Settings) Write(registries *Registries) error {
	hosts := filepath.Join(filepath.Dir(s.ConfigFile()), "certs.d")
	if err := os.MkdirAll(filepath.Dir(s.ConfigFile()), 0o700); err != nil {
		return err
	}
	if err := registries.Write(hosts); err != nil {
		return err
	}
	return os.WriteFile(s.ConfigFile(), []byte(s.config(registries, hosts)), 0o600)
}

// config is containerd's. Hosts that share a kernel have neither AppArmor nor the right to lower an out-of-memory score,
// and watch as little as can be (CDI would watch folders for devices that they don't have): see kubeProxy in agent.
func (s Settings) config(registries *Registries, hosts string) string {
	level := "info"
	if s.Debug {
		level = "debug"
	}
	return fmt.Sprintf(`version = 3
root = %[1]q
state = %[2]q
disabled_plugins = ["io.containerd.internal.v1.opt"]

[grpc]
  address = %[3]q

[debug]
  level = %[4]q

[plugins.'io.containerd.cri.v1.images']
  snapshotter = %[5]q

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = %[6]q

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = %[7]q
%[8]s
[plugins.'io.containerd.cri.v1.runtime']
  disable_apparmor = true
  enable_cdi = false
  restrict_oom_score_adj = true

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  BinaryName = %[9]q
  SystemdCgroup = false

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = [%[10]q]
  conf_dir = %[11]q
`, filepath.Join(s.AgentFolder, "containerd"), State, Socket, level, s.Snapshotter, s.PauseImage, hosts,
		credentials(registries), filepath.Join(s.Bin, "runc"), s.Bin, s.CNIConfig)
}

// credentials are the one thing about a registry that hosts.toml has no place for.
func credentials(registries *Registries) string {
	var text strings.Builder
	for _, host := range slices.Sorted(maps.Keys(registries.Configs)) {
		auth := registries.Configs[host].Auth
		if auth == nil {
			continue
		}
		fmt.Fprintf(&text, "\n[plugins.'io.containerd.cri.v1.images'.registry.configs.%q.auth]\n", host)
		fmt.Fprintf(&text, "  username = %q\n  password = %q\n  auth = %q\n  identitytoken = %q\n",
			auth.Username, auth.Password, auth.Auth, auth.Token)
	}
	return text.String()
}

// Program is containerd itself. Its shims, and the containers below them, are not its children: they stay.
func (s Settings) Program() children.Program {
	return children.Program{
		Name:      "containerd",
		Path:      filepath.Join(s.Bin, "containerd"),
		Arguments: []string{"--config", s.ConfigFile()},
	}
}
