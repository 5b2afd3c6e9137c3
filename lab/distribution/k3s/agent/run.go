package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tailnet-k3s/k3s/children"
	"tailnet-k3s/k3s/config"
	"tailnet-k3s/k3s/containerd"
	"tailnet-k3s/k3s/loadbalancer"
	"tailnet-k3s/k3s/pki"
	"tailnet-k3s/k3s/supervisor"
	"tailnet-k3s/k3s/token"
)

const (
	retryEvery  = 2 * time.Second
	refreshList = 10 * time.Second
)

// Settings are what an agent starts with; the address is one that the host has by now.
type Settings struct {
	config.Node
	Server  string // URL of the supervisor by which to join
	User    string // of the token: "node" for agents, "server" for servers' own
	Address string
	Bin     string
	// Local: the server is on this same host, so there is nothing to balance
	Local bool
}

// host is an agent on its way up.
type host struct {
	config.Node
	address string
	bin     string
	folder  pki.Folder
	etc     pki.Folder
	cluster supervisor.Cluster
}

func (h *host) file(name string) string { return filepath.Join(h.folder.Path, name) }

// addresses by which others may ask for this host's kubelet.
func (h *host) addresses() []string {
	if h.ExternalAddress == "" {
		return []string{h.address}
	}
	return []string{h.address, h.ExternalAddress}
}

func (h *host) cniConfig() string { return filepath.Join(h.etc.Path, "cni", "net.d") }

// Run joins the cluster and starts its children in the group. It returns once they run; the rest goes on by itself
// until the context ends. While no server answers it waits, and says so; what waiting can't mend is an error.
func Run(ctx context.Context, group *children.Group, settings Settings) error {
	secret, err := token.Parse(settings.Token, settings.User)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	agentFolder := filepath.Join(settings.DataDir, "agent")
	h := &host{
		Node:    settings.Node,
		address: settings.Address,
		bin:     settings.Bin,
		folder:  pki.Folder{Path: agentFolder},
		etc:     pki.Folder{Path: filepath.Join(agentFolder, "etc")},
	}
	if err := os.MkdirAll(h.cniConfig(), 0o700); err != nil {
		return err
	}
	runtime, err := h.startContainerd(ctx, group, agentFolder)
	if err != nil {
		return err
	}
	server, err := h.balance(ctx, settings)
	if err != nil {
		return err
	}
	joined, err := h.join(ctx, server, secret)
	if err != nil {
		return err
	}
	if server.balancer != nil {
		go server.balancer.Watch(ctx, joined.authority)
		go server.follow(ctx, joined)
	}
	if err := runtime.WaitReady(ctx, dialContainerd); err != nil {
		return err
	}
	return h.startNode(ctx, group, joined, server.url)
}

func (h *host) startContainerd(ctx context.Context, group *children.Group, folder string) (*children.Child, error) {
	registries, err := containerd.ReadRegistries(h.Registries)
	if err != nil {
		return nil, err
	}
	settings := containerd.Settings{
		AgentFolder: folder, Bin: h.bin, CNIConfig: h.cniConfig(),
		PauseImage: h.PauseImage, Snapshotter: h.Snapshotter, Debug: h.Debug,
	}
	if err := settings.Write(registries); err != nil {
		return nil, err
	}
	program := settings.Program()
	program.Environment = h.kubernetes("", nil, nil).Environment
	return group.Start(ctx, program), nil
}

func dialContainerd(ctx context.Context) error {
	connection, err := (&net.Dialer{}).DialContext(ctx, "unix", containerd.Socket)
	if err != nil {
		return err
	}
	return connection.Close()
}

// server is how this host reaches the servers: its URL, and the balancer behind it if there is one.
type server struct {
	url      string
	balancer *loadbalancer.Balancer
}

func (h *host) balance(ctx context.Context, settings Settings) (*server, error) {
	if settings.Local {
		return &server{url: settings.Server}, nil
	}
	local := net.JoinHostPort("127.0.0.1", strconv.Itoa(h.BalancerPort))
	balancer, err := loadbalancer.Listen(ctx, local, strings.TrimPrefix(settings.Server, "https://"),
		filepath.Join(h.etc.Path, "k3s-agent-load-balancer.json"))
	if err != nil {
		return nil, fmt.Errorf("the local port of the load balancer: %w", err)
	}
	return &server{url: "https://" + local, balancer: balancer}, nil
}

// join gets the host's certificates, from whichever server answers first.
func (h *host) join(ctx context.Context, at *server, secret token.Token) (*door, error) {
	password, err := nodePassword(passwordFile)
	if err != nil {
		return nil, err
	}
	for {
		joined, err := knock(ctx, at.url, secret)
		if err == nil {
			h.cluster, err = joined.cluster(ctx)
		}
		if err == nil {
			err = obtain(ctx, joined, h.folder, h.Name, h.addresses(), password, at.url)
		}
		var final refused
		switch {
		case err == nil:
			return joined, nil
		case errors.As(err, &final):
			return nil, fmt.Errorf("joining the cluster: %w", err)
		}
		slog.Info("waiting for a server to join by", "cause", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(retryEvery + rand.N(time.Second)):
		}
	}
}

// follow keeps the balancer's list of servers as the cluster's.
func (s *server) follow(ctx context.Context, joined *door) {
	for {
		if servers, err := joined.servers(ctx); err == nil {
			s.balancer.SetServers(servers)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(refreshList):
		}
	}
}

// startNode starts what needs the API, once it answers.
func (h *host) startNode(ctx context.Context, group *children.Group, joined *door, server string) error {
	for said := false; joined.ready(ctx) != nil; said = true {
		if !said {
			slog.Info("waiting for the API of a server")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(retryEvery / 4):
		}
	}
	kubelet, err := h.kubelet()
	if err != nil {
		return err
	}
	group.Start(ctx, kubelet)
	if !h.cluster.DisableKubeProxy {
		group.Start(ctx, h.kubeProxy())
	}
	client, err := h.controller(server)
	if err != nil {
		return err
	}
	if h.cluster.FlannelBackend != "none" {
		if err := h.runFlannel(ctx, group, client); err != nil {
			return err
		}
	}
	go h.annotate(ctx, client)
	return nil
}
