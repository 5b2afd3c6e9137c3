// Package config reads what k3s is told: flags, environment, config.yaml and config.yaml.d, in that order of
// strength. What it does not know it refuses, so that a misspelt key never passes unseen.
package config

// Role says which of the two services an option is for.
type Role int

// A server runs the control plane and is an agent too; so it knows every option of an agent.
const (
	AgentRole Role = 1 << iota
	ServerRole
	AnyRole = AgentRole | ServerRole
)

type kind int

const (
	text kind = iota
	list
	boolean
	number
)

// option is one flag, which is a key of config.yaml under the same name.
type option struct {
	name  string
	short string
	kind  kind
	env   string
	role  Role
	// values that are allowed; none listed: any
	allowed []string
}

// options holds every name, default and environment variable that the published k3s documents and this one honours.
var options = []option{
	{name: "config", short: "c", env: "K3S_CONFIG_FILE", role: AnyRole},
	{name: "debug", kind: boolean, env: "K3S_DEBUG", role: AnyRole},
	{name: "data-dir", short: "d", env: "K3S_DATA_DIR", role: AnyRole},
	{name: "token", short: "t", env: "K3S_TOKEN", role: AnyRole},
	{name: "token-file", env: "K3S_TOKEN_FILE", role: AnyRole},
	{name: "server", short: "s", env: "K3S_URL", role: AnyRole},
	{name: "node-name", env: "K3S_NODE_NAME", role: AnyRole},
	{name: "node-ip", short: "i", kind: list, role: AnyRole},
	{name: "node-external-ip", kind: list, role: AnyRole},
	{name: "node-label", kind: list, role: AnyRole},
	{name: "node-taint", kind: list, role: AnyRole},
	{name: "flannel-iface", role: AnyRole},
	{name: "resolv-conf", env: "K3S_RESOLV_CONF", role: AnyRole},
	{name: "protect-kernel-defaults", kind: boolean, role: AnyRole},
	{name: "snapshotter", role: AnyRole, allowed: []string{"overlayfs", "native"}},
	{name: "pause-image", role: AnyRole},
	{name: "private-registry", role: AnyRole},
	{name: "lb-server-port", kind: number, env: "K3S_LB_SERVER_PORT", role: AnyRole},
	{name: "kubelet-arg", kind: list, role: AnyRole},
	{name: "kube-proxy-arg", kind: list, role: AnyRole},

	{name: "agent-token", env: "K3S_AGENT_TOKEN", role: ServerRole},
	{name: "agent-token-file", env: "K3S_AGENT_TOKEN_FILE", role: ServerRole},
	{name: "bind-address", role: ServerRole},
	{name: "https-listen-port", kind: number, role: ServerRole},
	{name: "advertise-address", role: ServerRole},
	{name: "tls-san", kind: list, role: ServerRole},
	{name: "tls-san-security", kind: boolean, role: ServerRole},
	{name: "datastore-endpoint", env: "K3S_DATASTORE_ENDPOINT", role: ServerRole},
	{name: "datastore-cafile", env: "K3S_DATASTORE_CAFILE", role: ServerRole},
	{name: "datastore-certfile", env: "K3S_DATASTORE_CERTFILE", role: ServerRole},
	{name: "datastore-keyfile", env: "K3S_DATASTORE_KEYFILE", role: ServerRole},
	{name: "cluster-cidr", kind: list, role: ServerRole},
	{name: "service-cidr", kind: list, role: ServerRole},
	{name: "service-node-port-range", role: ServerRole},
	{name: "cluster-dns", kind: list, role: ServerRole},
	{name: "cluster-domain", role: ServerRole},
	{name: "flannel-backend", role: ServerRole, allowed: []string{"vxlan", "host-gw", "none"}},
	{name: "egress-selector-mode", role: ServerRole, allowed: []string{"agent", "cluster", "pod", "disabled"}},
	{name: "default-local-storage-path", role: ServerRole},
	{name: "disable", kind: list, role: ServerRole},
	{name: "disable-kube-proxy", kind: boolean, role: ServerRole},
	{name: "disable-cloud-controller", kind: boolean, role: ServerRole},
	{name: "disable-network-policy", kind: boolean, role: ServerRole},
	{name: "disable-helm-controller", kind: boolean, role: ServerRole},
	{name: "write-kubeconfig", short: "o", env: "K3S_KUBECONFIG_OUTPUT", role: ServerRole},
	{name: "write-kubeconfig-mode", env: "K3S_KUBECONFIG_MODE", role: ServerRole},
	{name: "secrets-encryption", kind: boolean, role: ServerRole},
	{name: "kube-apiserver-arg", kind: list, role: ServerRole},
	{name: "kube-controller-manager-arg", kind: list, role: ServerRole},
	{name: "kube-scheduler-arg", kind: list, role: ServerRole},
}

// absent names options of the published k3s that the lab's one refuses, and why.
var absent = map[string]string{
	"cluster-init":               "embedded etcd is not in the lab's k3s: give a datastore-endpoint",
	"cluster-reset":              "embedded etcd is not in the lab's k3s",
	"vpn-auth":                   "the lab's k3s joins no VPN by itself: join the tailnet before",
	"vpn-auth-file":              "the lab's k3s joins no VPN by itself: join the tailnet before",
	"docker":                     "the lab's k3s has containerd only",
	"container-runtime-endpoint": "the lab's k3s has its own containerd only",
	"rootless":                   "the lab's k3s runs as root",
	"selinux":                    "the lab's hosts have no SELinux",
	"embedded-registry":          "the lab's k3s has no embedded registry",
	"disable-agent":              "a server of the lab's k3s is always an agent too",
	"disable-apiserver":          "a server of the lab's k3s runs every component of the control plane",
	"disable-controller-manager": "a server of the lab's k3s runs every component of the control plane",
	"flannel-external-ip":        "flannel of the lab's k3s uses the address of its interface only",
	"disable-scheduler":          "a server of the lab's k3s runs every component of the control plane",
}

func find(name string, role Role) (option, error) {
	for _, known := range options {
		if known.name != name && (known.short == "" || known.short != name) {
			continue
		}
		if known.role&role == 0 {
			return option{}, problem(name, "is for servers, and this is an agent")
		}
		return known, nil
	}
	if reason, ok := absent[name]; ok {
		return option{}, problem(name, reason)
	}
	return option{}, problem(name, "is not an option of k3s")
}
