package nodes

import (
	"testing"

	"tailnet-k3s/k3s/kubeapi"
)

func TestHostsFileNamesEveryNode(t *testing.T) {
	var all []kubeapi.Node
	for name, address := range map[string]string{"b": "100.64.0.2", "a": "100.64.0.1"} {
		node := kubeapi.Node{Metadata: kubeapi.Metadata{Name: name}}
		node.Status.Addresses = []kubeapi.Address{{Type: "InternalIP", Address: address}, {Type: "Hostname", Address: name}}
		all = append(all, node)
	}
	if got := hosts(all); got != "100.64.0.1 a\n100.64.0.2 b\n" {
		t.Errorf("it is %q", got)
	}
}
