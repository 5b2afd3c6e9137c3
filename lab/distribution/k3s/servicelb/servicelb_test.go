package servicelb

import (
	"encoding/json"
	"slices"
	"testing"

	"tailnet-k3s/k3s/kubeapi"
)

// nodes: a, b and d are ready, c is not; a and c have an external address.
const nodes = `[
 {"metadata":{"name":"b"},"status":{"addresses":[{"type":"InternalIP","address":"100.64.0.2"}],
  "conditions":[{"type":"Ready","status":"True"}]}},
 {"metadata":{"name":"a"},"status":{"conditions":[{"type":"Ready","status":"True"}],"addresses":[
  {"type":"InternalIP","address":"100.64.0.1"},{"type":"ExternalIP","address":"10.0.0.1"}]}},
 {"metadata":{"name":"c"},"status":{"conditions":[{"type":"Ready","status":"Unknown"}],"addresses":[
  {"type":"InternalIP","address":"100.64.0.3"},{"type":"ExternalIP","address":"10.0.0.3"}]}},
 {"metadata":{"name":"d"},"status":{"addresses":[{"type":"InternalIP","address":"100.64.0.10"}],
  "conditions":[{"type":"Ready","status":"True"}]}}]`

// behind: a pod on each node, of which that on b is not ready.
const behind = `[{"endpoints":[{"nodeName":"a","conditions":{"ready":true}},{"nodeName":"b","conditions":{"ready":false}},
 {"nodeName":"c"},{"nodeName":"d"}]}]`

func read[T any](t *testing.T, content string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(content), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAddresses(t *testing.T) {
	local := `{"spec":{"externalTrafficPolicy":"Local"}}`
	for name, given := range map[string]struct {
		service string
		nodes   []string // those of the cluster; none: all
		label   string
		want    []string
	}{
		"external ones alone if any node has one": {service: `{}`, want: []string{"10.0.0.1"}},
		"internal ones if none has":               {service: `{}`, nodes: []string{"b", "d"}, want: []string{"100.64.0.10", "100.64.0.2"}},
		"only of nodes that are ready":            {service: `{}`, nodes: []string{"b", "c"}, want: []string{"100.64.0.2"}},
		"only of nodes with pods":                 {service: local, nodes: []string{"b", "d"}, want: []string{"100.64.0.10"}},
		"only of nodes with a label":              {service: `{}`, label: "b", want: []string{"100.64.0.2"}},
		"none":                                    {service: local, nodes: []string{"b"}, want: []string{}},
	} {
		all := slices.DeleteFunc(read[[]kubeapi.Node](t, nodes), func(node kubeapi.Node) bool {
			return given.nodes != nil && !slices.Contains(given.nodes, node.Metadata.Name)
		})
		for i := range all {
			if all[i].Metadata.Name == given.label {
				all[i].Metadata.Labels = map[string]string{enableLabel: "true"}
			}
		}
		got := addresses(ingress(read[kubeapi.Service](t, given.service), all, read[[]kubeapi.EndpointSlice](t, behind)))
		if !slices.Equal(got, given.want) {
			t.Errorf("%s: %v, not %v", name, got, given.want)
		}
	}
}
