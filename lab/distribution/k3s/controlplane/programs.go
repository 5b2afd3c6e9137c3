package controlplane

import (
	"path/filepath"
	"strconv"
	"strings"

	"tailnet-k3s/k3s/children"
	"tailnet-k3s/k3s/config"
)

// APIServer is the program behind the supervisor.
func (l Layout) APIServer(server *config.Server, address string) children.Program {
	advertised := address
	if server.AdvertiseAddress != "" {
		advertised = server.AdvertiseAddress
	}
	issuer := "https://kubernetes.default.svc." + server.ClusterDomain
	arguments := flags{
		"advertise-address": advertised, "bind-address": APIServerAddress, "secure-port": strconv.Itoa(l.Port),
		// the supervisor listens on the same port of all other addresses
		"permit-port-sharing":                "true",
		"allow-privileged":                   "true",
		"anonymous-auth":                     "false",
		"api-audiences":                      issuer + ",k3s",
		"authorization-mode":                 "Node,RBAC",
		"client-ca-file":                     l.tls("client-ca.crt"),
		"enable-admission-plugins":           "NodeRestriction",
		"enable-aggregator-routing":          "true",
		"kubelet-certificate-authority":      l.tls("server-ca.crt"),
		"kubelet-client-certificate":         l.tls("client-kube-apiserver.crt"),
		"kubelet-client-key":                 l.tls("client-kube-apiserver.key"),
		"kubelet-preferred-address-types":    "InternalIP,ExternalIP,Hostname",
		"profiling":                          "false",
		"proxy-client-cert-file":             l.tls("client-auth-proxy.crt"),
		"proxy-client-key-file":              l.tls("client-auth-proxy.key"),
		"requestheader-allowed-names":        AuthProxy,
		"requestheader-client-ca-file":       l.tls("request-header-ca.crt"),
		"requestheader-extra-headers-prefix": "X-Remote-Extra-",
		"requestheader-group-headers":        "X-Remote-Group",
		"requestheader-username-headers":     "X-Remote-User",
		"service-account-issuer":             issuer,
		"service-account-key-file":           l.tls(serviceKey),
		"service-account-signing-key-file":   l.tls(serviceKey),
		"service-cluster-ip-range":           server.ServiceCIDR.String(),
		"service-node-port-range":            server.NodePorts,
		"tls-cert-file":                      l.tls("serving-kube-apiserver.crt"),
		"tls-private-key-file":               l.tls("serving-kube-apiserver.key"),
	}
	if etcd := server.Datastore.Etcd(); etcd != nil {
		arguments["etcd-servers"] = strings.Join(etcd, ",")
		for flag, file := range map[string]string{
			"etcd-cafile":   server.Datastore.CAFile,
			"etcd-certfile": server.Datastore.CertFile,
			"etcd-keyfile":  server.Datastore.KeyFile,
		} {
			if file != "" {
				arguments[flag] = file
			}
		}
	} else {
		arguments["etcd-servers"] = "unix://" + l.KineSocket()
	}
	if server.EncryptSecrets {
		arguments["encryption-provider-config"] = l.tls(encryptionConfig)
	}
	program := l.kubernetes("kube-apiserver", arguments, server, server.APIServer)
	program.Base = 1
	return program
}

// ControllerManager is the program that makes the cluster what its objects say.
func (l Layout) ControllerManager(server *config.Server) children.Program {
	credential := l.credential("controller")
	arguments := flags{
		"allocate-node-cidrs":              "true",
		"authentication-kubeconfig":        credential,
		"authorization-kubeconfig":         credential,
		"bind-address":                     "127.0.0.1",
		"cluster-cidr":                     server.ClusterCIDR.String(),
		"cluster-signing-cert-file":        l.tls("client-ca.crt"),
		"cluster-signing-key-file":         l.tls("client-ca.key"),
		"kubeconfig":                       credential,
		"profiling":                        "false",
		"requestheader-client-ca-file":     l.tls("request-header-ca.crt"),
		"root-ca-file":                     l.tls("server-ca.crt"),
		"service-account-private-key-file": l.tls(serviceKey),
		"service-cluster-ip-range":         server.ServiceCIDR.String(),
		"use-service-account-credentials":  "true",
	}
	return l.kubernetes("kube-controller-manager", arguments, server, server.ControllerManager)
}

// Scheduler is the program that gives pods their nodes.
func (l Layout) Scheduler(server *config.Server) children.Program {
	credential := l.credential("scheduler")
	arguments := flags{
		"authentication-kubeconfig": credential,
		"authorization-kubeconfig":  credential,
		"bind-address":              "127.0.0.1",
		"kubeconfig":                credential,
		"profiling":                 "false",
	}
	return l.kubernetes("kube-scheduler", arguments, server, server.Scheduler)
}

func (l Layout) kubernetes(name string, arguments flags, server *config.Server, user []string) children.Program {
	if server.Debug {
		arguments["v"] = "4"
	}
	return children.Program{
		Name:        name,
		Path:        filepath.Join(l.Bin, name),
		Arguments:   arguments.with(user),
		Environment: []string{"HOME=" + l.Server()},
		User:        l.User,
		Secrets:     []string{server.Token, server.AgentToken, password(server.Datastore.Endpoint)},
	}
}
