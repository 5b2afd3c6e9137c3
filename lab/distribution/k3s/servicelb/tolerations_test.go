package servicelb

import (
	"testing"

	"tailnet-k3s/k3s/kubeapi"
)

func TestTaintedNodesServeWhatToleratesThem(t *testing.T) {
	for name, given := range map[string]struct {
		taint       kubeapi.Taint
		annotations map[string]string
		want        bool
	}{
		"not by themselves":       {taint: kubeapi.Taint{Key: "dedicated", Value: "db", Effect: "NoSchedule"}},
		"the control plane's":     {taint: kubeapi.Taint{Key: "node-role.kubernetes.io/control-plane", Effect: "NoSchedule"}, want: true},
		"a wish":                  {taint: kubeapi.Taint{Key: "slow", Effect: "PreferNoSchedule"}, want: true},
		"one that is shut":        {taint: kubeapi.Taint{Key: "node.kubernetes.io/unschedulable", Effect: "NoSchedule"}, want: true},
		"one that is not set up":  {taint: kubeapi.Taint{Key: "node.cloudprovider.kubernetes.io/uninitialized", Effect: "NoSchedule"}},
		"the same value":          {taint: kubeapi.Taint{Key: "a", Value: "b", Effect: "NoExecute"}, annotations: annotated(`[{"key":"a","value":"b"}]`), want: true},
		"another value":           {taint: kubeapi.Taint{Key: "a", Value: "c", Effect: "NoExecute"}, annotations: annotated(`[{"key":"a","value":"b"}]`)},
		"another effect":          {taint: kubeapi.Taint{Key: "a", Effect: "NoExecute"}, annotations: annotated("- {key: a, operator: Exists, effect: NoSchedule}")},
		"all that there are":      {taint: kubeapi.Taint{Key: "a", Value: "b", Effect: "NoExecute"}, annotations: annotated(`[{"operator":"Exists"}]`), want: true},
		"an annotation that errs": {taint: kubeapi.Taint{Key: "a", Effect: "NoExecute"}, annotations: annotated("operator: Exists")},
	} {
		var node kubeapi.Node
		node.Spec.Taints = []kubeapi.Taint{given.taint}
		service := kubeapi.Service{Metadata: kubeapi.Metadata{Annotations: given.annotations}}
		if got := serves(node, tolerations(service)); got != given.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func annotated(text string) map[string]string { return map[string]string{tolerationsAnnotation: text} }
