// Package servicelb gives Services of type LoadBalancer their addresses: those of the cluster's own nodes. What arrives
// with one of them, kube-proxy delivers.
package servicelb

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"tailnet-k3s/k3s/kubeapi"
)

// enableLabel restricts load balancers to the nodes that have it, if any has, as the published k3s does.
const enableLabel = "svccontroller.k3s.cattle.io/enablelb"

const every = 3 * time.Second

// Run keeps the addresses up to date until the context ends. Several servers may do so: they come to the same result.
func Run(ctx context.Context, client *kubeapi.Client) {
	for {
		if err := once(ctx, client); err != nil && ctx.Err() == nil {
			slog.Debug("servicelb", "cause", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

func once(ctx context.Context, client *kubeapi.Client) error {
	var services kubeapi.List[kubeapi.Service]
	if err := client.Get(ctx, "/api/v1/services", &services); err != nil {
		return err
	}
	ours := slices.DeleteFunc(services.Items, func(service kubeapi.Service) bool {
		return service.Spec.Type != "LoadBalancer" || service.Spec.LoadBalancerClass != nil
	})
	if len(ours) == 0 {
		return nil
	}
	var nodes kubeapi.List[kubeapi.Node]
	if err := client.Get(ctx, "/api/v1/nodes", &nodes); err != nil {
		return err
	}
	for _, service := range ours {
		if err := update(ctx, client, service, nodes.Items); err != nil {
			return err
		}
	}
	return nil
}

func update(ctx context.Context, client *kubeapi.Client, service kubeapi.Service, nodes []kubeapi.Node) error {
	meta := service.Metadata
	var slicesOf kubeapi.List[kubeapi.EndpointSlice]
	path := fmt.Sprintf("/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices?labelSelector=kubernetes.io/service-name%%3D%s",
		meta.Namespace, meta.Name)
	if err := client.Get(ctx, path, &slicesOf); err != nil {
		return err
	}
	wanted := ingress(service, nodes, slicesOf.Items)
	if sameAddresses(service.Status.LoadBalancer.Ingress, wanted) {
		return nil
	}
	slog.Info("servicelb", "service", meta.Namespace+"/"+meta.Name, "addresses", addresses(wanted))
	return client.Merge(ctx, fmt.Sprintf("/api/v1/namespaces/%s/services/%s/status", meta.Namespace, meta.Name),
		map[string]any{"status": map[string]any{"loadBalancer": map[string]any{"ingress": wanted}}})
}

// ingress lists the addresses of a Service: of the nodes that are ready and may serve; only of those with a ready pod
// of it if it keeps visitors' addresses (externalTrafficPolicy Local). As soon as one of them has an external address,
// external ones are all that is listed.
func ingress(service kubeapi.Service, nodes []kubeapi.Node, behind []kubeapi.EndpointSlice) []kubeapi.Ingress {
	serving, tolerated := nodesBehind(behind), tolerations(service)
	restricted := slices.ContainsFunc(nodes, func(node kubeapi.Node) bool { return hasLabel(node) })
	var external, internal []string
	for _, node := range nodes {
		name := node.Metadata.Name
		if !node.Ready() || restricted && !hasLabel(node) || !serves(node, tolerated) ||
			service.Spec.ExternalTrafficPolicy == "Local" && !slices.Contains(serving, name) {
			continue
		}
		external = append(external, node.AddressesOf("ExternalIP")...)
		internal = append(internal, node.AddressesOf("InternalIP")...)
	}
	listed := external
	if len(listed) == 0 {
		listed = internal
	}
	slices.Sort(listed)
	all := make([]kubeapi.Ingress, 0, len(listed))
	for _, address := range slices.Compact(listed) {
		all = append(all, kubeapi.Ingress{IP: address})
	}
	return all
}

func hasLabel(node kubeapi.Node) bool { return node.Metadata.Labels[enableLabel] != "" }

func nodesBehind(behind []kubeapi.EndpointSlice) []string {
	var names []string
	for _, slice := range behind {
		for _, endpoint := range slice.Endpoints {
			if endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready {
				names = append(names, endpoint.NodeName)
			}
		}
	}
	return names
}

func addresses(all []kubeapi.Ingress) []string {
	list := make([]string, 0, len(all))
	for _, one := range all {
		list = append(list, one.IP)
	}
	return list
}

func sameAddresses(present, wanted []kubeapi.Ingress) bool {
	return reflect.DeepEqual(addresses(present), addresses(wanted))
}
