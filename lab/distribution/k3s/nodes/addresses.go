package nodes

import (
	"context"
	"slices"
	"strings"

	"tailnet-k3s/k3s/kubeapi"
)

// uninitialised is the taint of a new node whose kubelet leaves addresses to a cloud's controller.
const uninitialised = "node.cloudprovider.kubernetes.io/uninitialized"

// initialise is the published k3s' cloud controller: it gives a node the addresses that its agent has written on it, and
// lets pods come to it from then on.
func (s Settings) initialise(ctx context.Context, node kubeapi.Node) error {
	wanted := addresses(node.Metadata.Annotations)
	if wanted == nil {
		return nil
	}
	path := "/api/v1/nodes/" + node.Metadata.Name
	if taints := withoutUninitialised(node.Spec.Taints); len(taints) < len(node.Spec.Taints) {
		err := s.Client.Merge(ctx, path, map[string]any{
			// a taint that somebody has added meanwhile stays: this is refused then, and tried again
			"metadata": map[string]any{"resourceVersion": node.Metadata.ResourceVersion},
			"spec":     map[string]any{"taints": taints},
		})
		if err != nil && !kubeapi.IsConflict(err) {
			return err
		}
	}
	if slices.Equal(node.Status.Addresses, wanted) {
		return nil
	}
	return s.Client.Merge(ctx, path+"/status", map[string]any{"status": map[string]any{"addresses": wanted}})
}

// addresses of a node by its annotations; nil while its agent has not said any.
func addresses(said map[string]string) []kubeapi.Address {
	if said[kubeapi.InternalAddress] == "" {
		return nil
	}
	var all []kubeapi.Address
	for _, of := range []struct{ kind, annotation string }{
		{"InternalIP", kubeapi.InternalAddress}, {"ExternalIP", kubeapi.ExternalAddress}, {"Hostname", kubeapi.Hostname},
	} {
		if values := said[of.annotation]; values != "" {
			for value := range strings.SplitSeq(values, ",") {
				all = append(all, kubeapi.Address{Type: of.kind, Address: value})
			}
		}
	}
	return all
}

func withoutUninitialised(taints []kubeapi.Taint) []kubeapi.Taint {
	return slices.DeleteFunc(slices.Clone(taints), func(taint kubeapi.Taint) bool { return taint.Key == uninitialised })
}
