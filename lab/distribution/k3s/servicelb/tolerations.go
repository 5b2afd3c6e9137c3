package servicelb

import (
	"log/slog"

	"go.yaml.in/yaml/v3"

	"tailnet-k3s/k3s/kubeapi"
)

// tolerationsAnnotation of a Service lists taints, as JSON or YAML, of nodes that serve it all the same.
const tolerationsAnnotation = "svccontroller.k3s.cattle.io/tolerations"

type toleration struct {
	Key      string `json:"key,omitempty"`
	Operator string `json:"operator,omitempty"`
	Value    string `json:"value,omitempty"`
	Effect   string `json:"effect,omitempty"`
}

// always are the published k3s' own: those of servers that are for nothing but the control plane.
var always = []toleration{
	{Key: "node-role.kubernetes.io/master", Operator: "Exists", Effect: "NoSchedule"},
	{Key: "node-role.kubernetes.io/control-plane", Operator: "Exists", Effect: "NoSchedule"},
	{Key: "CriticalAddonsOnly", Operator: "Exists"},
}

// tolerations of a Service's pods. An annotation that can't be read is as good as none.
func tolerations(service kubeapi.Service) []toleration {
	var more []toleration
	if err := yaml.Unmarshal([]byte(service.Metadata.Annotations[tolerationsAnnotation]), &more); err != nil {
		slog.Error("servicelb", "service", service.Metadata.Name, "annotation", tolerationsAnnotation, "cause", err)
		return always
	}
	return append(more, always...)
}
