package servicelb

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tailnet-k3s/k3s/kubeapi"
)

// nodes: a and c have an external address.
const nodes = `[
 {"metadata":{"name":"b"},"status":{"addresses":[{"type":"InternalIP","address":"100.64.0.2"}]}},
 {"metadata":{"name":"a"},"status":{"addresses":[
  {"type":"InternalIP","address":"100.64.0.1"},{"type":"ExternalIP","address":"10.0.0.1"}]}},
 {"metadata":{"name":"c"},"status":{"addresses":[
  {"type":"InternalIP","address":"100.64.0.3"},{"type":"ExternalIP","address":"10.0.0.3"}]}},
 {"metadata":{"name":"d"},"status":{"addresses":[{"type":"InternalIP","address":"100.64.0.10"}]}}]`

// pods of servicelb: ready on a, b and d; that on c is not.
const pods = `[
 {"spec":{"nodeName":"a"},"status":{"podIP":"10.42.0.2","conditions":[{"type":"Ready","status":"True"}]}},
 {"spec":{"nodeName":"b"},"status":{"podIP":"10.42.1.2","conditions":[{"type":"Ready","status":"True"}]}},
 {"spec":{"nodeName":"c"},"status":{"podIP":"10.42.2.2","conditions":[{"type":"Ready","status":"False"}]}},
 {"spec":{"nodeName":"d"},"status":{"podIP":"10.42.3.2","conditions":[{"type":"Ready","status":"True"}]}}]`

// behind: a pod of the Service on each node, of which that on b is not ready.
const behind = `[{"endpoints":[
 {"nodeName":"a","targetRef":{"kind":"Pod"},"conditions":{"ready":true}},
 {"nodeName":"b","targetRef":{"kind":"Pod"},"conditions":{"ready":false}},
 {"nodeName":"c","targetRef":{"kind":"Pod"},"conditions":{"ready":true}},
 {"nodeName":"d","targetRef":{"kind":"Pod"},"conditions":{"ready":true}}]}]`

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
		nodes   []string // those with pods of servicelb
		want    []string
	}{
		"external ones alone if any node has one": {service: `{}`, nodes: []string{"a", "b"}, want: []string{"10.0.0.1"}},
		"internal ones if none has":               {service: `{}`, nodes: []string{"b", "d"}, want: []string{"100.64.0.10", "100.64.0.2"}},
		"only where its own pod is ready":         {service: `{}`, nodes: []string{"b", "c"}, want: []string{"100.64.0.2"}},
		"only of nodes with pods behind it":       {service: local, nodes: []string{"b", "d"}, want: []string{"100.64.0.10"}},
		"none":                                    {service: local, nodes: []string{"b"}, want: []string{}},
	} {
		own := slices.DeleteFunc(read[[]kubeapi.Pod](t, pods), func(pod kubeapi.Pod) bool {
			return !slices.Contains(given.nodes, pod.Spec.NodeName)
		})
		got := addresses(ingress(read[kubeapi.Service](t, given.service), own, read[[]kubeapi.Node](t, nodes),
			read[[]kubeapi.EndpointSlice](t, behind)))
		if !slices.Equal(got, given.want) {
			t.Errorf("%s: %v, not %v", name, got, given.want)
		}
	}
}

func TestNodesAreChosenByTheLabelOnceAnyHasIt(t *testing.T) {
	service := read[kubeapi.Service](t, `{"metadata":{"name":"web","uid":"0123456789"}}`)
	for label, want := range map[string]bool{"": false, "true": true, "false": true, "perhaps": true} {
		all := read[[]kubeapi.Node](t, nodes)
		if label != "" {
			all[2].Metadata.Labels = map[string]string{enableLabel: label}
		}
		content, err := json.Marshal(daemonSet(service, restricted(all)))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(content), `"nodeSelector":{"`+enableLabel+`":"true"}`); got != want {
			t.Errorf("with the label %q: %s", label, content)
		}
	}
}

func TestAPodTakesThePortsOfItsHost(t *testing.T) {
	service := read[kubeapi.Service](t, `{"metadata":{"name":"web","namespace":"site","uid":"0123456789"},"spec":{
		"clusterIPs":["10.43.0.11"],"ports":[{"port":80,"nodePort":30080,"protocol":"TCP"}]}}`)
	for policy, want := range map[string]string{
		"Cluster": `{"name":"DEST_PORT","value":"80"},{"name":"DEST_IPS","value":"10.43.0.11"}`,
		"Local":   `{"name":"DEST_PORT","value":"30080"},{"name":"DEST_IPS","valueFrom":{"fieldRef":{"fieldPath":"status.hostIPs"}}}`,
	} {
		service.Spec.ExternalTrafficPolicy = policy
		content, err := json.Marshal(daemonSet(service, false))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{want, `"hostPort":80`, `"name":"svclb-web-01234567"`} {
			if !strings.Contains(string(content), part) {
				t.Errorf("%s: no %s in %s", policy, part, content)
			}
		}
	}
}
