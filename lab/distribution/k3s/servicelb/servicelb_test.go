package servicelb

import (
	"encoding/json"
	"slices"
	"testing"

	"tailnet-k3s/k3s/kubeapi"
)

// nodes: a and b are ready, c is not; a has a second address.
const nodes = `[
 {"metadata":{"name":"b"},"status":{"addresses":[{"type":"InternalIP","address":"100.64.0.2"}],
  "conditions":[{"type":"Ready","status":"True"}]}},
 {"metadata":{"name":"a","annotations":{"lab.k3s.io/host-addresses":"10.0.0.1"}},
  "status":{"addresses":[{"type":"InternalIP","address":"100.64.0.1"}],"conditions":[{"type":"Ready","status":"True"}]}},
 {"metadata":{"name":"c"},"status":{"addresses":[{"type":"InternalIP","address":"100.64.0.3"}],
  "conditions":[{"type":"Ready","status":"Unknown"}]}}]`

const behind = `[{"endpoints":[{"nodeName":"a","conditions":{"ready":true}},{"nodeName":"b","conditions":{"ready":false}},
 {"nodeName":"c"}]}]`

func read[T any](t *testing.T, content string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(content), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestAddresses(t *testing.T) {
	for name, given := range map[string]struct {
		service string
		label   string
		want    []string
	}{
		"every ready node":        {`{}`, "", []string{"100.64.0.1", "100.64.0.2", "10.0.0.1"}},
		"only nodes with pods":    {`{"spec":{"externalTrafficPolicy":"Local"}}`, "", []string{"100.64.0.1", "10.0.0.1"}},
		"only nodes with a label": {`{}`, "b", []string{"100.64.0.2"}},
	} {
		all := read[[]kubeapi.Node](t, nodes)
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
