package servicelb

import (
	"log/slog"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"tailnet-k3s/k3s/kubeapi"
)

// tolerationsAnnotation of a Service lists taints, as JSON or YAML, of nodes that serve it all the same.
const tolerationsAnnotation = "svccontroller.k3s.cattle.io/tolerations"

type toleration struct{ Key, Operator, Value, Effect string }

// always are the published k3s' own: those of servers that are for nothing but the control plane.
var always = []toleration{
	{Key: "node-role.kubernetes.io/master", Operator: "Exists", Effect: "NoSchedule"},
	{Key: "node-role.kubernetes.io/control-plane", Operator: "Exists", Effect: "NoSchedule"},
	{Key: "CriticalAddonsOnly", Operator: "Exists"},
}

// tolerations of a Service's pods, which the published k3s has on each node that serves it. One that can't be read is as
// good as none.
func tolerations(service kubeapi.Service) []toleration {
	var more []toleration
	if err := yaml.Unmarshal([]byte(service.Metadata.Annotations[tolerationsAnnotation]), &more); err != nil {
		slog.Error("servicelb", "service", service.Metadata.Name, "annotation", tolerationsAnnotation, "cause", err)
		return always
	}
	return append(more, always...)
}

// serves tells whether such a pod may be on the node. Taints of Kubernetes' own come and go, and don't end pods of this kind.
func serves(node kubeapi.Node, tolerated []toleration) bool {
	return !slices.ContainsFunc(node.Spec.Taints, func(taint kubeapi.Taint) bool {
		return taint.Effect != "PreferNoSchedule" && !strings.HasPrefix(taint.Key, "node.kubernetes.io/") &&
			!slices.ContainsFunc(tolerated, func(one toleration) bool { return one.covers(taint) })
	})
}

func (t toleration) covers(taint kubeapi.Taint) bool {
	return (t.Effect == "" || t.Effect == taint.Effect) &&
		(t.Key == taint.Key || t.Key == "" && t.Operator == "Exists") &&
		(t.Operator == "Exists" || t.Value == taint.Value)
}
