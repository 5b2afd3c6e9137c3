package supervisor

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"tailnet-k3s/k3s/kubeapi"
	"tailnet-k3s/k3s/pki"
)

// cluster is a supervisor in front of a made-up API server, which keeps Secrets and says what it was asked.
type cluster struct {
	*Supervisor
	url      string
	serverCA *pki.Authority
	clientCA *pki.Authority

	mutex   sync.Mutex
	secrets map[string][]byte
	asked   *http.Request
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{secrets: map[string][]byte{}, serverCA: authority(t, "server"), clientCA: authority(t, "client")}
	api := serveTLS(t, c.serverCA, http.HandlerFunc(c.api))
	client, err := kubeapi.New(api, c.serverCA.Certificate, issue(t, c.clientCA, pki.Subject{CommonName: "supervisor"}))
	if err != nil {
		t.Fatal(err)
	}
	headers := authority(t, "request-header")
	c.Supervisor, err = Start(t.Context(), Settings{
		API: api, ServerCA: c.serverCA, ClientCA: c.clientCA, Client: client,
		Serving:   issue(t, c.serverCA, pki.Subject{CommonName: "a", Names: []string{"127.0.0.1"}}),
		AuthProxy: issue(t, headers, pki.Subject{CommonName: "system:auth-proxy"}),
		Tokens:    Tokens{Server: "server-secret", Agent: "agent-secret"},
		Cluster:   Cluster{ClusterDNS: "10.43.0.10"},
		OwnNode:   "own", OwnAddress: "100.64.0.1:6443", ServingPort: 6443,
	})
	if err != nil {
		t.Fatal(err)
	}
	handler, err := c.routes()
	if err != nil {
		t.Fatal(err)
	}
	c.url = serveTLS(t, c.serverCA, handler)
	return c
}

func (c *cluster) api(answer http.ResponseWriter, request *http.Request) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.asked = request
	body, _ := io.ReadAll(request.Body)
	switch {
	case strings.Contains(request.URL.Path, "/endpointslices/kubernetes"):
		_, _ = answer.Write([]byte(`{"endpoints":[{"addresses":["100.64.0.2"]},{"addresses":["100.64.0.1"]}]}`))
	case request.Method == http.MethodPost && strings.HasSuffix(request.URL.Path, "/secrets"):
		var secret kubeapi.Secret
		_ = json.Unmarshal(body, &secret)
		c.secrets[secret.Metadata.Name] = body
	case strings.Contains(request.URL.Path, "/secrets/"):
		name := request.URL.Path[strings.LastIndex(request.URL.Path, "/")+1:]
		if c.secrets[name] == nil {
			answer.WriteHeader(http.StatusNotFound)
		}
		_, _ = answer.Write(c.secrets[name])
	}
}

// ask sends a request; credentials are "user:password" or a client's certificate.
func (c *cluster) ask(t *testing.T, method, path string, body []byte, credentials any, headers ...string) (int, string) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(c.serverCA.Certificate)
	settings := &tls.Config{RootCAs: roots}
	request, err := http.NewRequest(method, c.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	switch given := credentials.(type) {
	case string:
		user, password, _ := strings.Cut(given, ":")
		request.SetBasicAuth(user, password)
	case pki.Pair:
		certificate, err := tls.X509KeyPair(given.Certificate, given.Key)
		if err != nil {
			t.Fatal(err)
		}
		settings.Certificates = []tls.Certificate{certificate}
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: settings, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(content)
}

func TestAnyoneMayAskForTheAuthority(t *testing.T) {
	c := newCluster(t)
	if code, body := c.ask(t, "GET", "/cacerts", nil, nil); code != 200 || body != string(c.serverCA.Certificate) {
		t.Errorf("/cacerts answers %d", code)
	}
	if code, body := c.ask(t, "GET", "/ping", nil, nil); code != 200 || body != "pong" {
		t.Errorf("/ping answers %d %s", code, body)
	}
}

func TestHostsShowATokenOrTheirCertificate(t *testing.T) {
	c := newCluster(t)
	node := issue(t, c.clientCA, pki.Subject{CommonName: "system:node:a", Organization: []string{"system:nodes"}})
	person := issue(t, c.clientCA, pki.Subject{CommonName: "someone"})
	stranger := issue(t, authority(t, "other"), pki.Subject{CommonName: "system:node:a", Organization: []string{"system:nodes"}})
	for name, given := range map[string]struct {
		credentials any
		code        int
	}{
		"nothing": {nil, 401}, "agent token": {"node:agent-secret", 200}, "server token": {"server:server-secret", 200},
		"wrong token": {"node:wrong", 401}, "agent token of a server": {"server:agent-secret", 401}, "empty": {"node:", 401},
		"node": {node, 200}, "person": {person, 403}, "stranger": {stranger, 401},
	} {
		if code, body := c.ask(t, "GET", "/v1-k3s/config", nil, given.credentials); code != given.code {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
}

// password is what the test's host joins with.
const password = "correct-horse-battery"

func TestKubeletGetsCertificatesForItsOwnNameOnly(t *testing.T) {
	c := newCluster(t)
	c.SetReady()
	request := certificateRequest(t)
	get := func(credentials any, headers ...string) (int, string) {
		return c.ask(t, "POST", "/v1-k3s/client-kubelet.crt", request, credentials, headers...)
	}
	const token = "node:agent-secret"
	code, body := get(token, HeaderNodeName, "a", HeaderNodePassword, password)
	if code != 200 {
		t.Fatalf("the first host: %d %s", code, body)
	}
	certificate, err := pki.ParseCertificate([]byte(body))
	if err != nil || certificate.Subject.CommonName != "system:node:a" ||
		!slices.Equal(certificate.Subject.Organization, []string{"system:nodes"}) {
		t.Errorf("it is %v for %v", certificate.Subject, err)
	}
	other := issue(t, c.clientCA, pki.Subject{CommonName: "system:node:b", Organization: []string{"system:nodes"}})
	for name, answer := range map[string]func() (int, string){
		"again":            func() (int, string) { return get(token, HeaderNodeName, "a", HeaderNodePassword, password) },
		"another password": func() (int, string) { return get(token, HeaderNodeName, "a", HeaderNodePassword, "other") },
		"no password":      func() (int, string) { return get(token, HeaderNodeName, "a") },
		"bad name":         func() (int, string) { return get(token, HeaderNodeName, "system:x", HeaderNodePassword, password) },
		"another node":     func() (int, string) { return get(other, HeaderNodeName, "a", HeaderNodePassword, password) },
	} {
		want := map[string]int{"again": 200, "bad name": 400}[name]
		if want == 0 {
			want = 403
		}
		if code, body := answer(); code != want {
			t.Errorf("%s: %d %s", name, code, body)
		}
	}
	var kept kubeapi.Secret
	if err := json.Unmarshal(c.secrets["a"+secretSuffix], &kept); err != nil || strings.Contains(string(kept.Data["hash"]), password) {
		t.Error("the password itself is kept")
	}
}

func TestServingCertificateIsForTheNodesAddress(t *testing.T) {
	c := newCluster(t)
	c.SetReady()
	code, body := c.ask(t, "POST", "/v1-k3s/serving-kubelet.crt", certificateRequest(t), "node:agent-secret",
		HeaderNodeName, "a", HeaderNodePassword, password, HeaderNodeIP, "100.64.0.3")
	certificate, err := pki.ParseCertificate([]byte(body))
	if code != 200 || err != nil || certificate.VerifyHostname("100.64.0.3") != nil || certificate.VerifyHostname("a") != nil {
		t.Errorf("%d %v", code, err)
	}
	if code, _ := c.ask(t, "POST", "/v1-k3s/serving-kubelet.crt", certificateRequest(t), "node:agent-secret",
		HeaderNodeName, "a", HeaderNodePassword, password, HeaderNodeIP, "kubernetes.default"); code != 400 {
		t.Errorf("a name in place of an address: %d", code)
	}
}

func TestOwnNodeMayComeBeforeTheAPI(t *testing.T) {
	c := newCluster(t)
	for node, want := range map[string]int{"own": 200, "other": 503} {
		code, body := c.ask(t, "POST", "/v1-k3s/client-kubelet.crt", certificateRequest(t), "server:server-secret",
			HeaderNodeName, node, HeaderNodePassword, password)
		if code != want {
			t.Errorf("%s: %d %s", node, code, body)
		}
	}
	c.SetReady()
	if err := c.VerifyOwnNode(t.Context()); err != nil || c.secrets["own"+secretSuffix] == nil {
		t.Errorf("its password was not kept: %v", err)
	}
}

func TestServersAreListed(t *testing.T) {
	_, body := newCluster(t).ask(t, "GET", "/v1-k3s/apiservers", nil, "node:agent-secret")
	if strings.TrimSpace(body) != `["100.64.0.1:6443","100.64.0.2:6443"]` {
		t.Errorf("the servers are %s", body)
	}
}

func TestAPILearnsTheClientFromTheSupervisorAlone(t *testing.T) {
	c := newCluster(t)
	if code, _ := c.ask(t, "GET", "/api", nil, nil); code != 503 {
		t.Errorf("before the API is ready: %d", code)
	}
	c.SetReady()
	person := issue(t, c.clientCA, pki.Subject{CommonName: "someone", Organization: []string{"one", "two"}})
	c.ask(t, "GET", "/api", nil, person, "X-Remote-User", "admin", "X-Remote-Extra-Scopes", "all", "Authorization", "Bearer x")
	if user, groups := c.asked.Header["X-Remote-User"], c.asked.Header["X-Remote-Group"]; !slices.Equal(user, []string{"someone"}) ||
		!slices.Equal(groups, []string{"one", "two"}) || c.asked.Header.Get("X-Remote-Extra-Scopes") != "" {
		t.Errorf("the API is told %v", c.asked.Header)
	}
	c.ask(t, "GET", "/api", nil, nil, "X-Remote-User", "admin", "Authorization", "Bearer x")
	if c.asked.Header.Get("X-Remote-User") != "" || c.asked.Header.Get("Authorization") != "Bearer x" {
		t.Errorf("without a certificate the API is told %v", c.asked.Header)
	}
}

func TestListenerLeavesTheAPIServersAddressAlone(t *testing.T) {
	behind := netip.MustParseAddr("127.0.0.2")
	listener, err := listen(t.Context(), "0.0.0.0:0", 0, behind)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := strings.Cut(listener.Addr().String(), "0.0.0.0:")
	accepted := make(chan string, 2)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			accepted <- connection.LocalAddr().String()
			connection.Close()
		}
	}()
	for _, host := range []string{"127.0.0.2:", "127.0.0.1:"} {
		dial(t, host+port)
	}
	if first := <-accepted; !strings.HasPrefix(first, "127.0.0.1:") {
		t.Errorf("a connection to the API server's address was taken: %s", first)
	}
}
