package nodes

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"tailnet-k3s/k3s/kubeapi"
	"tailnet-k3s/k3s/pki"
)

// request is one that the API got: its path, and its body as compact JSON with sorted keys.
type request struct{ path, body string }

// api remembers what it is asked to change; it answers with the code.
func api(t *testing.T, code int) (*kubeapi.Client, *[]request) {
	t.Helper()
	asked := &[]request{}
	server := httptest.NewTLSServer(http.HandlerFunc(func(answer http.ResponseWriter, got *http.Request) {
		var body map[string]any
		_ = json.NewDecoder(got.Body).Decode(&body)
		sorted, _ := json.Marshal(body)
		*asked = append(*asked, request{got.URL.Path, string(sorted)})
		answer.WriteHeader(code)
		_, _ = answer.Write([]byte("{}"))
	}))
	t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	issuer, err := pki.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := issuer.Issue(pki.Subject{CommonName: "test"})
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubeapi.New(server.URL, authority, pair)
	if err != nil {
		t.Fatal(err)
	}
	return client, asked
}

// newNode is one as its kubelet registers it.
func newNode(annotations map[string]string) kubeapi.Node {
	node := kubeapi.Node{Metadata: kubeapi.Metadata{Name: "a", ResourceVersion: "7", Annotations: annotations}}
	node.Spec.Taints = []kubeapi.Taint{
		{Key: "dedicated", Value: "db", Effect: "NoSchedule"}, {Key: uninitialised, Value: "true", Effect: "NoSchedule"},
	}
	node.Status.Addresses = []kubeapi.Address{
		{Type: "InternalIP", Address: "100.64.0.1"}, {Type: "Hostname", Address: "a"},
	}
	return node
}

func TestNodeGetsItsAddressesAndItsPods(t *testing.T) {
	client, asked := api(t, http.StatusOK)
	node := newNode(map[string]string{
		"k3s.io/internal-ip": "100.64.0.1", "k3s.io/external-ip": "10.0.0.5", "k3s.io/hostname": "a",
	})
	if err := (Settings{Client: client}).initialise(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	want := []request{
		{"/api/v1/nodes/a", `{"metadata":{"resourceVersion":"7"},"spec":{"taints":[` +
			`{"effect":"NoSchedule","key":"dedicated","value":"db"}]}}`},
		{"/api/v1/nodes/a/status", `{"status":{"addresses":[{"address":"100.64.0.1","type":"InternalIP"},` +
			`{"address":"10.0.0.5","type":"ExternalIP"},{"address":"a","type":"Hostname"}]}}`},
	}
	if !slices.Equal(*asked, want) {
		t.Errorf("asked %v", *asked)
	}
}

func TestNodeWithoutAnExternalAddressKeepsWhatItsKubeletSaid(t *testing.T) {
	client, asked := api(t, http.StatusOK)
	node := newNode(map[string]string{"k3s.io/internal-ip": "100.64.0.1", "k3s.io/hostname": "a"})
	if err := (Settings{Client: client}).initialise(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	if len(*asked) != 1 || strings.Contains((*asked)[0].body, "addresses") {
		t.Errorf("asked %v", *asked)
	}
}

func TestNodeWaitsForItsAgent(t *testing.T) {
	client, asked := api(t, http.StatusOK)
	if err := (Settings{Client: client}).initialise(t.Context(), newNode(nil)); err != nil || len(*asked) > 0 {
		t.Errorf("asked %v: %v", *asked, err)
	}
}

func TestNodeThatSomebodyElseChangedIsTriedAgainLater(t *testing.T) {
	client, _ := api(t, http.StatusConflict)
	node := newNode(map[string]string{"k3s.io/internal-ip": "100.64.0.1", "k3s.io/hostname": "a"})
	if err := (Settings{Client: client}).initialise(t.Context(), node); err != nil {
		t.Error(err)
	}
}
