// Package servicelb gives Services of type LoadBalancer their addresses: those of the cluster's own nodes. On each it
// runs a pod that takes the Service's ports of the host. What arrives with a listed address, kube-proxy delivers itself.
package servicelb

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"tailnet-k3s/k3s/kubeapi"
)

// enableLabel restricts load balancers to the nodes on which it is "true", as soon as any node has it.
const enableLabel = "svccontroller.k3s.cattle.io/enablelb"

const (
	every      = 3 * time.Second
	daemonSets = "/apis/apps/v1/namespaces/" + namespace + "/daemonsets"
)

// controller remembers what it has applied, to do so again only when that changes.
type controller struct {
	client  *kubeapi.Client
	applied map[string]string
}

// Run keeps pods and addresses up to date until the context ends. Several servers may do so: they come to the same result.
func Run(ctx context.Context, client *kubeapi.Client) {
	c := controller{client: client, applied: map[string]string{}}
	for {
		if err := c.once(ctx); err != nil && ctx.Err() == nil {
			slog.Debug("servicelb", "cause", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}

func (c controller) once(ctx context.Context) error {
	var services kubeapi.List[kubeapi.Service]
	if err := c.client.Get(ctx, "/api/v1/services", &services); err != nil {
		return err
	}
	ours := slices.DeleteFunc(services.Items, func(service kubeapi.Service) bool {
		return service.Spec.Type != "LoadBalancer" || service.Spec.LoadBalancerClass != nil
	})
	var running kubeapi.List[kubeapi.DaemonSet]
	if err := c.client.Get(ctx, daemonSets+"?labelSelector="+selectsLabel, &running); err != nil {
		return err
	}
	if len(ours)+len(running.Items) == 0 {
		return nil
	}
	var nodes kubeapi.List[kubeapi.Node]
	if err := c.client.Get(ctx, "/api/v1/nodes", &nodes); err != nil {
		return err
	}
	if err := c.run(ctx, ours, running.Items, restricted(nodes.Items)); err != nil {
		return err
	}
	for _, service := range ours {
		if err := c.update(ctx, service, nodes.Items); err != nil {
			return err
		}
	}
	return nil
}

// restricted tells whether any node is marked as one that serves, or as one that doesn't.
func restricted(nodes []kubeapi.Node) bool {
	return slices.ContainsFunc(nodes, func(node kubeapi.Node) bool {
		_, marked := node.Metadata.Labels[enableLabel]
		return marked
	})
}

// run makes the Services' DaemonSets, and takes away those of Services that are gone.
func (c controller) run(
	ctx context.Context, services []kubeapi.Service, running []kubeapi.DaemonSet, restricted bool,
) error {
	present := map[string]bool{}
	for _, set := range running {
		present[set.Metadata.Name] = true
	}
	for _, service := range services {
		name, wanted := daemonSetName(service), daemonSet(service, restricted)
		content, err := json.Marshal(wanted)
		if err != nil {
			return err
		}
		if !present[name] || c.applied[name] != string(content) {
			if err := c.client.Apply(ctx, daemonSets+"/"+name, wanted); err != nil {
				return err
			}
			c.applied[name] = string(content)
		}
		delete(present, name)
	}
	for name := range present {
		if err := c.client.Delete(ctx, daemonSets+"/"+name); err != nil && !kubeapi.IsNotFound(err) {
			return err
		}
		delete(c.applied, name)
	}
	return nil
}

func (c controller) update(ctx context.Context, service kubeapi.Service, nodes []kubeapi.Node) error {
	meta := service.Metadata
	var behind kubeapi.List[kubeapi.EndpointSlice]
	path := fmt.Sprintf("/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices?labelSelector=kubernetes.io/service-name%%3D%s",
		meta.Namespace, meta.Name)
	if err := c.client.Get(ctx, path, &behind); err != nil {
		return err
	}
	var pods kubeapi.List[kubeapi.Pod]
	path = fmt.Sprintf("/api/v1/namespaces/%s/pods?labelSelector=%s%%3D%s,%s%%3D%s",
		namespace, serviceName, meta.Name, serviceNamespace, meta.Namespace)
	if err := c.client.Get(ctx, path, &pods); err != nil {
		return err
	}
	wanted := ingress(service, pods.Items, nodes, behind.Items)
	if sameAddresses(service.Status.LoadBalancer.Ingress, wanted) {
		return nil
	}
	slog.Info("servicelb", "service", meta.Namespace+"/"+meta.Name, "addresses", addresses(wanted))
	return c.client.Merge(ctx, fmt.Sprintf("/api/v1/namespaces/%s/services/%s/status", meta.Namespace, meta.Name),
		map[string]any{"status": map[string]any{"loadBalancer": map[string]any{"ingress": wanted}}})
}

// ingress lists the addresses of a Service: of the nodes on which its own pod is ready; only of those with a ready pod
// behind it if it keeps visitors' addresses (externalTrafficPolicy Local). As soon as one of them has an external
// address, external ones are all that is listed.
func ingress(
	service kubeapi.Service, pods []kubeapi.Pod, nodes []kubeapi.Node, behind []kubeapi.EndpointSlice,
) []kubeapi.Ingress {
	serving := nodesBehind(behind)
	var external, internal []string
	for _, node := range nodes {
		name := node.Metadata.Name
		if !slices.ContainsFunc(pods, func(pod kubeapi.Pod) bool {
			return pod.Spec.NodeName == name && pod.Status.PodIP != "" && pod.Ready()
		}) || service.Spec.ExternalTrafficPolicy == "Local" && !slices.Contains(serving, name) {
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

func nodesBehind(behind []kubeapi.EndpointSlice) []string {
	var names []string
	for _, slice := range behind {
		for _, endpoint := range slice.Endpoints {
			ready := endpoint.Conditions.Ready
			if endpoint.TargetRef.Kind == "Pod" && ready != nil && *ready {
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
