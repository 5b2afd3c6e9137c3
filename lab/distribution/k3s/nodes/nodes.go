// Package nodes keeps what belongs to nodes, but is no kubelet's to write: their addresses, their role, their names in
// the cluster's DNS, and the passwords of those that are gone.
package nodes

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"tailnet-k3s/k3s/kubeapi"
	"tailnet-k3s/k3s/supervisor"
)

const (
	every         = 2 * time.Second // a new node has no pods until then
	coreDNS       = "/api/v1/namespaces/kube-system/configmaps/coredns"
	roleLabel     = "node-role.kubernetes.io/control-plane"
	nodeHostsName = "NodeHosts"
)

// Settings are what this server says of its own node.
type Settings struct {
	Client    *kubeapi.Client
	Name      string
	Addresses bool // nodes get theirs from here
	CoreDNS   bool // the cluster's DNS is the packaged one
}

// Run works until the context ends. Several servers may do so: they come to the same result.
func Run(ctx context.Context, settings Settings) {
	known := map[string]bool{}
	for {
		if err := settings.once(ctx, known); err != nil && ctx.Err() == nil {
			slog.Debug("nodes", "cause", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

func (s Settings) once(ctx context.Context, known map[string]bool) error {
	var nodes kubeapi.List[kubeapi.Node]
	if err := s.Client.Get(ctx, "/api/v1/nodes", &nodes); err != nil {
		return err
	}
	present := map[string]bool{}
	for _, node := range nodes.Items {
		present[node.Metadata.Name] = true
		if node.Metadata.Name == s.Name {
			if err := s.mark(ctx, node); err != nil {
				return err
			}
		}
		if s.Addresses {
			if err := s.initialise(ctx, node); err != nil {
				return err
			}
		}
	}
	for name := range known {
		if !present[name] {
			if err := supervisor.ForgetNode(ctx, s.Client, name); err != nil {
				return err
			}
			delete(known, name)
			slog.Info("the node is deleted: its name is free", "node", name)
		}
	}
	maps.Copy(known, present)
	if !s.CoreDNS {
		return nil
	}
	return s.writeHosts(ctx, nodes.Items)
}

// mark gives this server's node its role.
func (s Settings) mark(ctx context.Context, node kubeapi.Node) error {
	if node.Metadata.Labels[roleLabel] == "true" {
		return nil
	}
	return s.Client.Merge(ctx, "/api/v1/nodes/"+s.Name, map[string]any{"metadata": map[string]any{
		"labels": map[string]string{roleLabel: "true"},
	}})
}

// writeHosts lets the cluster's DNS answer for the nodes' names.
func (s Settings) writeHosts(ctx context.Context, nodes []kubeapi.Node) error {
	var present kubeapi.ConfigMap
	if err := s.Client.Get(ctx, coreDNS, &present); err != nil {
		return err
	}
	wanted := hosts(nodes)
	if present.Data[nodeHostsName] == wanted {
		return nil
	}
	return s.Client.Merge(ctx, coreDNS, map[string]any{"data": map[string]string{nodeHostsName: wanted}})
}

// hosts is a hosts file of all nodes.
func hosts(nodes []kubeapi.Node) string {
	var lines []string
	for _, node := range nodes {
		for _, address := range node.AddressesOf("InternalIP") {
			lines = append(lines, address+" "+node.Metadata.Name+"\n")
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
