package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// Node is what every host is told: a server is an agent too.
type Node struct {
	DataDir               string // holds everything that k3s writes, but for its kubeconfig
	Token                 string
	Name                  string // the node's name, a DNS name in lower case
	Address               string // IPv4; empty: of flannel's interface, else of the default route
	ExternalAddress       string // IPv4; empty: the node has none
	Labels                []string
	Taints                []string
	FlannelInterface      string // empty: the one of the default route
	ResolvConf            string
	Snapshotter           string
	PauseImage            string
	Registries            string // path of registries.yaml
	BalancerPort          int
	ProtectKernelDefaults bool
	Debug                 bool
	KubeletArguments      []string // "name=value", each, as for the next one
	KubeProxyArguments    []string
}

// Agent is a host that joins by the address of any server.
type Agent struct {
	Node
	Server string // https://host:port
}

var nodeName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// ValidNodeName tells whether Kubernetes takes the name (RFC 1123, at most 253 letters).
func ValidNodeName(name string) bool { return len(name) <= 253 && nodeName.MatchString(name) }

// ReadAgent gives an agent's configuration, or the first error in it.
func ReadAgent(arguments []string, lookup func(string) (string, bool)) (*Agent, error) {
	given, err := read(arguments, AgentRole, lookup)
	if err != nil {
		return nil, err
	}
	node, err := given.node()
	if err != nil {
		return nil, err
	}
	server, err := serverURL(given.text("server", ""))
	if err != nil {
		return nil, err
	}
	if node.Token == "" {
		return nil, errors.New("token: is required on an agent")
	}
	return &Agent{Node: *node, Server: server}, nil
}

func serverURL(given string) (string, error) {
	if given == "" {
		return "", errors.New("server: is required on an agent")
	}
	parsed, err := url.Parse(given)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" {
		return "", problem("server", fmt.Sprintf("%q is not a URL like https://host:6443", given))
	}
	if parsed.Port() == "" { // as the published k3s takes it, although its servers listen on 6443
		parsed.Host += ":443"
	}
	return "https://" + parsed.Host, nil
}

func (v values) node() (*Node, error) {
	name := v.text("node-name", "")
	if name == "" {
		hostname, err := os.Hostname()
		if err != nil {
			return nil, problem("node-name", err.Error())
		}
		name = strings.ToLower(hostname)
	}
	if !ValidNodeName(name) {
		return nil, problem("node-name", fmt.Sprintf("%q is not a DNS name in lower case", name))
	}
	address, err := v.address("node-ip")
	if err != nil {
		return nil, err
	}
	external, err := v.address("node-external-ip")
	if err != nil {
		return nil, err
	}
	token, err := v.secret("token")
	if err != nil {
		return nil, err
	}
	return &Node{
		DataDir:               v.text("data-dir", "/var/lib/rancher/k3s"),
		Token:                 token,
		Name:                  name,
		Address:               address,
		ExternalAddress:       external,
		Labels:                v["node-label"],
		Taints:                v["node-taint"],
		FlannelInterface:      v.text("flannel-iface", ""),
		ResolvConf:            v.text("resolv-conf", "/etc/resolv.conf"),
		Snapshotter:           v.text("snapshotter", "overlayfs"),
		PauseImage:            v.text("pause-image", "rancher/mirrored-pause:3.6"),
		Registries:            v.text("private-registry", "/etc/rancher/k3s/registries.yaml"),
		BalancerPort:          v.port("lb-server-port", 6444),
		ProtectKernelDefaults: v.flag("protect-kernel-defaults"),
		Debug:                 v.flag("debug"),
		KubeletArguments:      v["kubelet-arg"],
		KubeProxyArguments:    v["kube-proxy-arg"],
	}, nil
}

// address reads one IPv4 address: the lab's k3s has no second family.
func (v values) address(name string) (string, error) {
	given := v[name]
	if len(given) == 0 || given[0] == "" {
		return "", nil
	}
	parsed, err := netip.ParseAddr(given[0])
	if len(given) > 1 || err != nil || !parsed.Is4() {
		return "", problem(name, fmt.Sprintf("%q is not one IPv4 address", strings.Join(given, ",")))
	}
	return parsed.String(), nil
}

// secret reads a value that may stand in a file of its own, named by the option with "-file".
func (v values) secret(name string) (string, error) {
	if value := v.text(name, ""); value != "" {
		return value, nil
	}
	path := v.text(name+"-file", "")
	if path == "" {
		return "", nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", problem(name+"-file", err.Error())
	}
	return strings.TrimSpace(string(content)), nil
}
