package servicelb

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"tailnet-k3s/k3s/kubeapi"
)

const (
	namespace = "kube-system"
	account   = "svclb"
	image     = "rancher/klipper-lb:v0.4.17"
	// priorityAnnotation of a Service names the priority of its pods.
	priorityAnnotation = "svccontroller.k3s.cattle.io/priorityclassname"
	serviceName        = "svccontroller.k3s.cattle.io/svcname"
	serviceNamespace   = "svccontroller.k3s.cattle.io/svcnamespace"
	// selectsLabel of a DaemonSet tells whether nodes are chosen by enableLabel.
	selectsLabel = "svccontroller.k3s.cattle.io/nodeselector"
	// poolLabel of a Service restricts it to the nodes of enableLabel that have it, too.
	poolLabel = "svccontroller.k3s.cattle.io/lbpool"
)

// daemonSetName is that of the published k3s: at most 48 letters of the Service's name, and the beginning of its UID.
func daemonSetName(service kubeapi.Service) string {
	name := service.Metadata.Name
	name = strings.TrimRight(name[:min(len(name), 48)], "-")
	return fmt.Sprintf("svclb-%s-%.8s", name, service.Metadata.UID)
}

// daemonSet of a Service: on every node that may serve it a pod that takes the Service's ports of the host, whatever
// else would answer there, and passes on what arrives.
func daemonSet(service kubeapi.Service, restricted bool) map[string]any {
	name := daemonSetName(service)
	labels := map[string]string{
		"app": name, serviceName: service.Metadata.Name, serviceNamespace: service.Metadata.Namespace,
	}
	pod := map[string]any{
		"priorityClassName":            cmp.Or(service.Metadata.Annotations[priorityAnnotation], "system-node-critical"),
		"serviceAccountName":           account,
		"automountServiceAccountToken": false,
		"securityContext":              map[string]any{"sysctls": []any{setting("net.ipv4.ip_forward", "1")}},
		"tolerations":                  tolerations(service),
		"containers":                   containers(service),
	}
	if restricted {
		chosen := map[string]string{enableLabel: "true"}
		if pool := service.Metadata.Labels[poolLabel]; pool != "" {
			chosen[poolLabel] = pool
		}
		pod["nodeSelector"] = chosen
	}
	return map[string]any{
		"apiVersion": "apps/v1",
		"kind":       "DaemonSet",
		"metadata": map[string]any{"name": name, "namespace": namespace, "labels": map[string]string{
			selectsLabel: strconv.FormatBool(restricted),
			serviceName:  service.Metadata.Name, serviceNamespace: service.Metadata.Namespace,
		}},
		"spec": map[string]any{
			"selector":       map[string]any{"matchLabels": map[string]string{"app": name}},
			"updateStrategy": map[string]any{"type": "RollingUpdate", "rollingUpdate": map[string]any{"maxUnavailable": 1}},
			"template":       map[string]any{"metadata": map[string]any{"labels": labels}, "spec": pod},
		},
	}
}

// containers has one for each port. It sends on to the Service's own address; where visitors' addresses are to be kept,
// to the port of this node, behind which are pods of this node only.
func containers(service kubeapi.Service) []any {
	ranges := cmp.Or(strings.Join(service.Spec.LoadBalancerSourceRanges, ","), "0.0.0.0/0")
	all := make([]any, 0, len(service.Spec.Ports))
	for _, port := range service.Spec.Ports {
		name := fmt.Sprintf("lb-%s-%d", strings.ToLower(port.Protocol), port.Port)
		to, where := port.Port, setting("DEST_IPS", strings.Join(service.Spec.ClusterIPs, ","))
		if service.Spec.ExternalTrafficPolicy == "Local" {
			to = port.NodePort
			where = map[string]any{"name": "DEST_IPS", "valueFrom": map[string]any{
				"fieldRef": map[string]string{"fieldPath": "status.hostIPs"},
			}}
		}
		all = append(all, map[string]any{
			"name":            name,
			"image":           image,
			"imagePullPolicy": "IfNotPresent",
			"ports": []any{map[string]any{
				"name": name, "containerPort": port.Port, "hostPort": port.Port, "protocol": port.Protocol,
			}},
			"env": []any{
				setting("SRC_PORT", strconv.Itoa(port.Port)), setting("SRC_RANGES", ranges),
				setting("DEST_PROTO", port.Protocol), setting("DEST_PORT", strconv.Itoa(to)), where,
			},
			"securityContext": map[string]any{"capabilities": map[string]any{"add": []string{"NET_ADMIN"}}},
		})
	}
	return all
}

func setting(name, value string) map[string]any { return map[string]any{"name": name, "value": value} }
