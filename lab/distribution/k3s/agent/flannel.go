package agent

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"tailnet-k3s/k3s/children"
	"tailnet-k3s/k3s/kubeapi"
	"tailnet-k3s/k3s/system"
)

const (
	subnetFile     = "/run/flannel/subnet.env"
	networkWait    = time.Minute
	interfaceEvery = 2 * time.Second
)

// flannel is the program that joins the pods of all hosts into one network, over the interface that was named.
func (h *host) flannel() (children.Program, error) {
	backend := map[string]any{"Type": h.cluster.FlannelBackend}
	if h.cluster.FlannelBackend == "vxlan" {
		backend["VNI"], backend["Port"] = 1, 8472
	}
	content, err := json.Marshal(map[string]any{
		"Network": h.cluster.ClusterCIDR, "EnableIPv4": true, "EnableIPv6": false, "Backend": backend,
	})
	if err != nil {
		return children.Program{}, err
	}
	if err := h.etc.Write("net-conf.json", content, 0o600); err != nil {
		return children.Program{}, err
	}
	if err := h.writeCNI(); err != nil {
		return children.Program{}, err
	}
	arguments := []string{
		"--kube-subnet-mgr", "--ip-masq",
		"--kubeconfig-file=" + h.file("k3scontroller.kubeconfig"),
		"--net-config-path=" + filepath.Join(h.etc.Path, "net-conf.json"),
		"--subnet-file=" + subnetFile,
	}
	if h.FlannelInterface != "" { // else flannel takes the one of the default route
		arguments = append(arguments, "--iface="+h.FlannelInterface)
	}
	program := h.kubernetes("flanneld", arguments, nil)
	program.Name = "flannel"
	program.Environment = append(program.Environment, "NODE_NAME="+h.Name)
	return program, nil
}

// writeCNI tells containerd how a pod gets its address. The flannel plugin that can be had speaks version 0.4.0.
func (h *host) writeCNI() error {
	if err := os.MkdirAll(filepath.Dir(subnetFile), 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(h.cniConfig(), "10-flannel.conflist"), []byte(`{
  "name": "cbr0",
  "cniVersion": "0.4.0",
  "plugins": [
    {"type": "flannel", "delegate": {"hairpinMode": true, "forceAddress": true, "isDefaultGateway": true}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
`), 0o600)
}

// runFlannel starts flannel once the node has its part of the pods' network, and starts it again whenever the interface
// below it is another one: when tailscaled is restarted the kernel takes flannel's device and routes away with
// tailscale0, and flannel 0.28 makes the device anew by itself, but not the routes to the other hosts.
func (h *host) runFlannel(ctx context.Context, group *children.Group, client *kubeapi.Client) error {
	program, err := h.flannel()
	if err != nil {
		return err
	}
	on := h.FlannelInterface
	if on == "" {
		on = system.DefaultInterface()
	}
	go func() {
		h.waitForNetwork(ctx, client)
		before := system.InterfaceIndex(on)
		flannel := group.Start(ctx, program)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(interfaceEvery):
			}
			now := system.InterfaceIndex(on)
			if now == 0 || now == before {
				continue
			}
			slog.Info("the interface below flannel is a new one: flannel is started again", "interface", on)
			before = now
			flannel.Restart()
		}
	}()
	return nil
}

// waitForNetwork waits until the controller manager has given the node addresses for its pods; flannel ends without.
func (h *host) waitForNetwork(ctx context.Context, client *kubeapi.Client) {
	ctx, cancel := context.WithTimeout(ctx, networkWait)
	defer cancel()
	for ctx.Err() == nil {
		var node kubeapi.Node
		if client.Get(ctx, "/api/v1/nodes/"+h.Name, &node) == nil && node.Spec.PodCIDR != "" {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(retryEvery / 4):
		}
	}
}
