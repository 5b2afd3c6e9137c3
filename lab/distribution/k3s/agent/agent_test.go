package agent

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"encoding/pem"

	"tailnet-k3s/k3s/config"
	"tailnet-k3s/k3s/token"
)

// impostor is a server that remembers which secrets it was told.
func impostor(t *testing.T) (server *httptest.Server, told *[]string) {
	t.Helper()
	told = &[]string{}
	server = httptest.NewTLSServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		if _, password, ok := request.BasicAuth(); ok {
			*told = append(*told, password)
		}
		if request.URL.Path == "/cacerts" {
			certificate := server.Certificate().Raw
			_ = pem.Encode(answer, &pem.Block{Type: "CERTIFICATE", Bytes: certificate})
			return
		}
		http.Error(answer, `{"message":"not for you"}`, http.StatusForbidden)
	}))
	t.Cleanup(server.Close)
	return server, told
}

func TestTokenIsNotToldToAnImpostor(t *testing.T) {
	server, told := impostor(t)
	secret, err := token.Parse(token.Format([]byte("the real authority"), "node", "secret"), "node")
	if err != nil {
		t.Fatal(err)
	}
	_, err = knock(t.Context(), server.URL, secret)
	var final refused
	if !errors.As(err, &final) || !strings.Contains(err.Error(), "another cluster") {
		t.Errorf("it says %v", err)
	}
	if len(*told) > 0 {
		t.Error("the impostor was told the token")
	}
}

func TestRefusalIsFinalAndSaysTheServersReason(t *testing.T) {
	server, _ := impostor(t)
	door, err := knock(t.Context(), server.URL, token.Token{User: "node", Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = door.cluster(t.Context())
	var final refused
	if !errors.As(err, &final) || !strings.Contains(err.Error(), "not for you") {
		t.Errorf("it says %v", err)
	}
}

func TestNodePasswordStaysTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "node", "password")
	first, err := nodePassword(path)
	if err != nil || len(first) != 32 {
		t.Fatalf("%q: %v", first, err)
	}
	if again, err := nodePassword(path); err != nil || again != first {
		t.Errorf("it is another one: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v %v", info.Mode(), err)
	}
}

func TestNodeSaysItsAddresses(t *testing.T) {
	h := &host{Node: config.Node{Name: "a", ExternalAddress: "10.0.0.5"}, address: "100.64.0.1"}
	want := map[string]string{
		"k3s.io/hostname": "a", "k3s.io/internal-ip": "100.64.0.1", "k3s.io/external-ip": "10.0.0.5",
	}
	if got := h.annotations(); !maps.Equal(got, want) {
		t.Errorf("it says %v", got)
	}
	if got := h.addresses(); !slices.Equal(got, []string{"100.64.0.1", "10.0.0.5"}) {
		t.Errorf("its certificate is for %v", got)
	}
	h.ExternalAddress = ""
	if _, said := h.annotations()["k3s.io/external-ip"]; said || len(h.addresses()) != 1 {
		t.Errorf("it has an external address: %v %v", h.annotations(), h.addresses())
	}
}

func TestTaints(t *testing.T) {
	taints, err := parseTaints([]string{"a=b:NoSchedule", "c:NoExecute"})
	if err != nil || len(taints) != 2 || taints[0] != (taint{"a", "b", "NoSchedule"}) || taints[1] != (taint{"c", "", "NoExecute"}) {
		t.Errorf("they are %v: %v", taints, err)
	}
	for _, bad := range []string{"a=b", "a=b:Never", ":NoSchedule", ""} {
		if _, err := parseTaints([]string{bad}); err == nil {
			t.Errorf("%q is taken for a taint", bad)
		}
	}
}
