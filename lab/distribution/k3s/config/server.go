package config

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Server is a host of the control plane.
type Server struct {
	Node
	AgentToken        string
	JoinServer        string // accepted, and not needed: servers meet in the datastore
	BindAddress       string
	Port              int
	AdvertiseAddress  string   // empty: node-external-ip, else node-ip
	Names             []string // further names and addresses in the serving certificate
	Datastore         Datastore
	ClusterCIDR       netip.Prefix
	ServiceCIDR       netip.Prefix
	NodePorts         string
	ClusterDNS        string
	ClusterDomain     string
	FlannelBackend    string
	Disabled          []string
	LocalStorage      string // folder for the volumes of the class local-path
	DisableKubeProxy  bool
	DisableCloud      bool // no controller gives nodes their addresses
	Kubeconfig        string
	KubeconfigMode    os.FileMode
	EncryptSecrets    bool
	APIServer         []string // further arguments "name=value"
	ControllerManager []string
	Scheduler         []string
}

// Datastore is where the cluster's state is: kine speaks for anything that is not etcd.
type Datastore struct {
	Endpoint string // a URL whose password, if any, nobody else may see; empty: a file of this server's own, by SQLite
	CAFile   string
	CertFile string
	KeyFile  string
}

// Etcd gives the endpoints of an etcd cluster, or nothing if the datastore is another.
func (d Datastore) Etcd() []string {
	if !strings.HasPrefix(d.Endpoint, "http://") && !strings.HasPrefix(d.Endpoint, "https://") {
		return nil
	}
	return strings.Split(d.Endpoint, ",")
}

// Packaged are the components that k3s brings along; the lab's has the first three.
var Packaged = []string{"coredns", "servicelb", "local-storage", "traefik", "metrics-server", "runtimes"}

var datastores = []string{"mysql://", "postgres://", "http://", "https://"}

// ReadServer gives a server's configuration, or the first error in it.
func ReadServer(arguments []string, lookup func(string) (string, bool)) (*Server, error) {
	given, err := read(arguments, ServerRole|AgentRole, lookup)
	if err != nil {
		return nil, err
	}
	node, err := given.node()
	if err != nil {
		return nil, err
	}
	server := &Server{
		Node:              *node,
		JoinServer:        given.text("server", ""),
		BindAddress:       given.text("bind-address", "0.0.0.0"),
		Port:              given.port("https-listen-port", 6443),
		AdvertiseAddress:  given.text("advertise-address", node.ExternalAddress),
		Names:             given["tls-san"],
		NodePorts:         given.text("service-node-port-range", "30000-32767"),
		ClusterDomain:     given.text("cluster-domain", "cluster.local"),
		FlannelBackend:    given.text("flannel-backend", "vxlan"),
		Disabled:          given["disable"],
		LocalStorage:      given.text("default-local-storage-path", filepath.Join(node.DataDir, "storage")),
		DisableKubeProxy:  given.flag("disable-kube-proxy"),
		DisableCloud:      given.flag("disable-cloud-controller"),
		Kubeconfig:        given.text("write-kubeconfig", "/etc/rancher/k3s/k3s.yaml"),
		EncryptSecrets:    given.flag("secrets-encryption"),
		APIServer:         given["kube-apiserver-arg"],
		ControllerManager: given["kube-controller-manager-arg"],
		Scheduler:         given["kube-scheduler-arg"],
		Datastore: Datastore{
			Endpoint: given.text("datastore-endpoint", ""),
			CAFile:   given.text("datastore-cafile", ""),
			CertFile: given.text("datastore-certfile", ""),
			KeyFile:  given.text("datastore-keyfile", ""),
		},
	}
	for _, read := range []func(values) error{
		server.readTokens, server.readNetworks, server.readMode, server.checkDisabled, server.checkDatastore,
	} {
		if err := read(given); err != nil {
			return nil, err
		}
	}
	return server, nil
}

func (s *Server) readTokens(given values) error {
	agentToken, err := given.secret("agent-token")
	s.AgentToken = agentToken
	return err
}

func (s *Server) readNetworks(given values) error {
	for name, network := range map[string]struct {
		to        *netip.Prefix
		otherwise string
	}{
		"cluster-cidr": {&s.ClusterCIDR, "10.42.0.0/16"},
		"service-cidr": {&s.ServiceCIDR, "10.43.0.0/16"},
	} {
		value := given.text(name, network.otherwise)
		parsed, err := netip.ParsePrefix(value)
		if err != nil || !parsed.Addr().Is4() || len(given[name]) > 1 {
			return problem(name, fmt.Sprintf("%q is not one IPv4 network", strings.Join(given[name], ",")))
		}
		*network.to = parsed.Masked()
	}
	if s.ClusterCIDR.Overlaps(s.ServiceCIDR) {
		return problem("service-cidr", fmt.Sprintf("%s overlaps cluster-cidr %s", s.ServiceCIDR, s.ClusterCIDR))
	}
	dns, err := given.address("cluster-dns")
	if err != nil {
		return err
	}
	if dns == "" {
		dns = nth(s.ServiceCIDR, 10).String()
	}
	if !s.ServiceCIDR.Contains(netip.MustParseAddr(dns)) {
		return problem("cluster-dns", fmt.Sprintf("%s is outside of service-cidr %s", dns, s.ServiceCIDR))
	}
	s.ClusterDNS = dns
	return nil
}

// KubernetesService is the address of the service "kubernetes": the first one of the range.
func (s *Server) KubernetesService() netip.Addr { return nth(s.ServiceCIDR, 1) }

func nth(network netip.Prefix, n int) netip.Addr {
	address := network.Addr()
	for range n {
		address = address.Next()
	}
	return address
}

func (s *Server) readMode(given values) error {
	mode, err := strconv.ParseUint(given.text("write-kubeconfig-mode", "0600"), 8, 9)
	if err != nil {
		return problem("write-kubeconfig-mode", "is not a file mode like 0600")
	}
	s.KubeconfigMode = os.FileMode(mode)
	return nil
}

func (s *Server) checkDisabled(values) error {
	for _, name := range s.Disabled {
		if !slices.Contains(Packaged, name) {
			return problem("disable", fmt.Sprintf("%q is not a packaged component (%s)", name,
				strings.Join(Packaged, ", ")))
		}
	}
	return nil
}

func (s *Server) checkDatastore(values) error {
	if s.Datastore.Endpoint == "" {
		return nil
	}
	for _, scheme := range datastores {
		if strings.HasPrefix(s.Datastore.Endpoint, scheme) {
			return nil
		}
	}
	// the value is not shown: it may hold a password
	return problem("datastore-endpoint", "begins with none of "+strings.Join(datastores, " "))
}
