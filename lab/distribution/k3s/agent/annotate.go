package agent

import (
	"context"
	"time"

	"tailnet-k3s/k3s/kubeapi"
	"tailnet-k3s/k3s/pki"
)

// annotate says on the node what its kubelet does not: its name and addresses, for the controller that gives it those.
func (h *host) annotate(ctx context.Context, client *kubeapi.Client) {
	said := map[string]any{"metadata": map[string]any{"annotations": h.annotations()}}
	for client.Merge(ctx, "/api/v1/nodes/"+h.Name, said) != nil { // the node, or the right to do this, isn't there yet
		select {
		case <-ctx.Done():
			return
		case <-time.After(retryEvery):
		}
	}
}

// annotations of the node. An external address that it has had stays there, as with the published k3s.
func (h *host) annotations() map[string]string {
	said := map[string]string{kubeapi.Hostname: h.Name, kubeapi.InternalAddress: h.address}
	if h.ExternalAddress != "" {
		said[kubeapi.ExternalAddress] = h.ExternalAddress
	}
	return said
}

// controller speaks to the API in the name of what belongs to a node, and is not its kubelet.
func (h *host) controller(server string) (*kubeapi.Client, error) {
	return kubeapi.New(server, h.folder.Read("server-ca.crt"), pki.Pair{
		Certificate: h.folder.Read("client-k3s-controller.crt"), Key: h.folder.Read("client-k3s-controller.key"),
	})
}
