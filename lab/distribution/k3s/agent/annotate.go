package agent

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"tailnet-k3s/k3s/kubeapi"
	"tailnet-k3s/k3s/pki"
	"tailnet-k3s/k3s/system"
)

const annotateEvery = 30 * time.Second

// annotate keeps on the node what kubelet does not say of it: its host name, and the host's further addresses.
func (h *host) annotate(ctx context.Context, client *kubeapi.Client) {
	pods, err := netip.ParsePrefix(h.cluster.ClusterCIDR)
	if err != nil {
		slog.Error("the node can't be annotated", "cause", err)
		return
	}
	for said := ""; ; {
		next := annotateEvery
		others := strings.Join(system.OtherAddresses(h.address, pods), ",")
		if others != said || said == "" {
			err := client.Merge(ctx, "/api/v1/nodes/"+h.Name, map[string]any{"metadata": map[string]any{
				"annotations": map[string]string{
					"k3s.io/hostname":     h.Name,
					"k3s.io/internal-ip":  h.address,
					kubeapi.HostAddresses: others,
				},
			}})
			if err == nil {
				said = others
			} else {
				next = retryEvery // the node, or the right to do this, isn't there yet
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
	}
}

// controller speaks to the API in the name of what belongs to a node, and is not its kubelet.
func (h *host) controller(server string) (*kubeapi.Client, error) {
	return kubeapi.New(server, h.folder.Read("server-ca.crt"), pki.Pair{
		Certificate: h.folder.Read("client-k3s-controller.crt"), Key: h.folder.Read("client-k3s-controller.key"),
	})
}
