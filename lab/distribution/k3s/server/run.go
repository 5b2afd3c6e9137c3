// Package server brings a server up, in order: datastore, certificates, the port of the cluster, the API, and what runs
// on top of it.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"tailnet-k3s/k3s/agent"
	"tailnet-k3s/k3s/children"
	"tailnet-k3s/k3s/config"
	"tailnet-k3s/k3s/controlplane"
	"tailnet-k3s/k3s/deploy"
	"tailnet-k3s/k3s/kubeapi"
	"tailnet-k3s/k3s/nodes"
	"tailnet-k3s/k3s/pki"
	"tailnet-k3s/k3s/servicelb"
	"tailnet-k3s/k3s/supervisor"
	"tailnet-k3s/k3s/system"
)

const (
	apiPatience  = 4 * time.Minute
	stopPatience = 9 * time.Second
)

// Run is a server's life, until the context ends. An error says what could not be started, and why.
func Run(ctx context.Context, settings *config.Server, bin string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	address, err := system.WaitAddress(ctx, settings.Address, settings.FlannelInterface)
	if err != nil {
		return err
	}
	s := &server{
		Server:  settings,
		address: address,
		layout: controlplane.Layout{
			Data: settings.DataDir, Bin: bin, User: system.ThisHostsUnprivileged(), Port: settings.Port,
		},
	}
	if err := s.layout.Make(); err != nil {
		return err
	}
	defer func() { s.group.Stop(stopPatience) }()
	if err := s.start(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// server is one on its way up.
type server struct {
	*config.Server
	address     string
	layout      controlplane.Layout
	group       children.Group
	kine        *children.Child // nil when the datastore is etcd
	authorities *controlplane.Authorities
	issued      *controlplane.Certificates
	client      *kubeapi.Client // of the API server of this host, directly
	door        *supervisor.Supervisor
	agents      string // the password of agents
}

func (s *server) start(ctx context.Context) error {
	if s.JoinServer != "" {
		slog.Info("server: is not needed on a server, which finds the cluster in its datastore")
	}
	if err := s.readCluster(ctx); err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	context.AfterFunc(ctx, s.door.Stop)
	program := s.layout.APIServer(s.Server, s.address)
	if s.kine != nil { // the published k3s is one process: both start again together
		program.Ended = s.kine.Restart
	}
	apiServer := s.group.Start(ctx, program)
	failed := make(chan error, 1)
	go func() { failed <- s.startAgent(ctx) }()
	waiting, cancel := context.WithTimeout(ctx, apiPatience)
	defer cancel()
	settling, settled := context.WithCancel(waiting)
	defer settled()
	if s.kine != nil {
		go s.keepSettled(settling)
	}
	if err := apiServer.WaitReady(waiting, s.client.Ready); err != nil {
		return err
	}
	settled()
	s.door.SetReady()
	s.group.Start(ctx, s.layout.ControllerManager(s.Server))
	s.group.Start(ctx, s.layout.Scheduler(s.Server))
	slog.Info("k3s is up and running", "node", s.Name, "address", s.address)
	system.NotifyReady()
	s.startControllers(ctx)
	if err := <-failed; err != nil {
		return err
	}
	if err := s.door.VerifyOwnNode(ctx); err != nil {
		return fmt.Errorf("this server's own node %s: %w", s.Name, err)
	}
	return nil
}

// open starts the supervisor, and writes the administrator's kubeconfig.
func (s *server) open(ctx context.Context) error {
	var err error
	if s.issued, err = s.layout.Issue(s.authorities, s.Server, s.address); err != nil {
		return err
	}
	if s.client, err = kubeapi.New(s.layout.API(), s.authorities.Server.Certificate, s.issued.Supervisor); err != nil {
		return err
	}
	listen := []string{net.JoinHostPort(s.BindAddress, strconv.Itoa(s.Port)), net.JoinHostPort("127.0.0.1", "6444")}
	s.door, err = supervisor.Start(ctx, supervisor.Settings{
		Addresses:   listen,
		SocketUser:  s.layout.User,
		API:         s.layout.API(),
		Behind:      netip.MustParseAddr(controlplane.APIServerAddress),
		ServerCA:    s.authorities.Server,
		ClientCA:    s.authorities.Client,
		Serving:     s.issued.Serving,
		AuthProxy:   s.issued.AuthProxy,
		Tokens:      supervisor.Tokens{Server: s.Token, Agent: s.agents},
		Client:      s.client,
		OwnNode:     s.Name,
		OwnAddress:  net.JoinHostPort(s.address, strconv.Itoa(s.Port)),
		ServingPort: s.Port,
		Cluster: supervisor.Cluster{
			ClusterCIDR:      s.ClusterCIDR.String(),
			ServiceCIDR:      s.ServiceCIDR.String(),
			ClusterDNS:       s.ClusterDNS,
			ClusterDomain:    s.ClusterDomain,
			FlannelBackend:   s.FlannelBackend,
			DisableKubeProxy: s.DisableKubeProxy,
			DisableCloud:     s.DisableCloud,
		},
	})
	if err != nil {
		return err
	}
	return s.writeKubeconfig()
}

func (s *server) writeKubeconfig() error {
	if err := os.MkdirAll(filepath.Dir(s.Kubeconfig), 0o755); err != nil {
		return err
	}
	folder := pki.Folder{Path: filepath.Dir(s.Kubeconfig)}
	return folder.Write(filepath.Base(s.Kubeconfig),
		pki.Kubeconfig(controlplane.LocalURL(s.Server), s.authorities.Server.Certificate, s.issued.Admin), s.KubeconfigMode)
}

// startAgent makes this host a node, too.
func (s *server) startAgent(ctx context.Context) error {
	node := s.Node
	node.Token = s.Token
	err := agent.Run(ctx, &s.group, agent.Settings{
		Node: node, Server: controlplane.LocalURL(s.Server), User: "server", Address: s.address, Bin: s.layout.Bin,
		Local: true,
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (s *server) startControllers(ctx context.Context) {
	go deploy.Run(ctx, deploy.Settings{
		Folder:     s.layout.Manifests(),
		Kubectl:    filepath.Join(s.layout.Bin, "kubectl"),
		Kubeconfig: filepath.Join(s.layout.Credentials(), "admin.kubeconfig"),
		Disabled:   s.Disabled,
		Values: deploy.Values{
			ClusterDNS: s.ClusterDNS, ClusterDomain: s.ClusterDomain, LocalStorage: s.LocalStorage,
		},
	})
	if !slices.Contains(s.Disabled, "servicelb") {
		go servicelb.Run(ctx, s.client)
	}
	go nodes.Run(ctx, nodes.Settings{
		Client: s.client, Name: s.Name, Addresses: !s.DisableCloud, CoreDNS: !slices.Contains(s.Disabled, "coredns"),
	})
	for _, name := range config.Packaged[3:] {
		if name != "runtimes" && !slices.Contains(s.Disabled, name) {
			slog.Info("the lab's k3s does not bring along " + name)
		}
	}
}
