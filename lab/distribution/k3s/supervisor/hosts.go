package supervisor

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tailnet-k3s/k3s/config"
	"tailnet-k3s/k3s/kubeapi"
	"tailnet-k3s/k3s/pki"
)

// Headers by which a host says who it is when it asks for the certificates of its kubelet.
const (
	HeaderNodeName     = "K3s-Node-Name"
	HeaderNodePassword = "K3s-Node-Password" //nolint:gosec // a header's name
	HeaderNodeIP       = "K3s-Node-Ip"
)

func writeJSON(answer http.ResponseWriter, content any) {
	answer.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(answer).Encode(content)
}

func (s *Supervisor) config(answer http.ResponseWriter, _ *http.Request) {
	writeJSON(answer, s.settings.Cluster)
}

func (s *Supervisor) readyz(answer http.ResponseWriter, request *http.Request) {
	if !s.ready.Load() {
		unavailable(answer, request, nil)
		return
	}
	text("text/plain", []byte("ok"))(answer, request)
}

// apiServers lists where agents can reach the servers that are alive, this one among them. The API servers take
// themselves off the endpoints of the service "kubernetes" when they end, and each other when one is lost.
func (s *Supervisor) apiServers(answer http.ResponseWriter, request *http.Request) {
	addresses := []string{s.settings.OwnAddress}
	var slice kubeapi.EndpointSlice
	path := "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"
	if err := s.settings.Client.Get(request.Context(), path, &slice); err == nil {
		port := strconv.Itoa(s.settings.ServingPort)
		for _, endpoint := range slice.Endpoints {
			for _, address := range endpoint.Addresses {
				addresses = append(addresses, net.JoinHostPort(address, port))
			}
		}
	}
	slices.Sort(addresses)
	writeJSON(answer, slices.Compact(addresses))
}

// client signs for a component that has one name on all hosts.
func (s *Supervisor) client(subject pki.Subject) http.HandlerFunc {
	return func(answer http.ResponseWriter, request *http.Request) {
		s.sign(answer, request, s.settings.ClientCA, subject)
	}
}

func (s *Supervisor) clientKubelet(answer http.ResponseWriter, request *http.Request) {
	if name, ok := s.node(answer, request); ok {
		s.sign(answer, request, s.settings.ClientCA, pki.Subject{
			CommonName: "system:node:" + name, Organization: []string{nodesGroup},
		})
	}
}

func (s *Supervisor) servingKubelet(answer http.ResponseWriter, request *http.Request) {
	name, ok := s.node(answer, request)
	if !ok {
		return
	}
	names := []string{name, "localhost", "127.0.0.1"}
	for address := range strings.SplitSeq(request.Header.Get(HeaderNodeIP), ",") {
		if _, err := netip.ParseAddr(address); err != nil {
			writeStatus(answer, http.StatusBadRequest, "the node's address is not one")
			return
		}
		names = append(names, address)
	}
	s.sign(answer, request, s.settings.ServerCA, pki.Subject{CommonName: name, Names: names})
}

// node checks that a host may have certificates under the name that it gives: a valid name, and the password that came
// with the first host of that name. A host that shows a kubelet's certificate instead of the token keeps to its name.
func (s *Supervisor) node(answer http.ResponseWriter, request *http.Request) (string, bool) {
	name, password := request.Header.Get(HeaderNodeName), request.Header.Get(HeaderNodePassword)
	if !config.ValidNodeName(name) {
		writeStatus(answer, http.StatusBadRequest, "the node's name is not a DNS name in lower case")
		return "", false
	}
	if password == "" {
		writeStatus(answer, http.StatusForbidden, "the node's password is missing")
		return "", false
	}
	if _, byToken := s.settings.Tokens.byToken(request); !byToken {
		if shown, ok := byCertificate(request, s.trusted); !ok || shown.name != "system:node:"+name {
			writeStatus(answer, http.StatusForbidden, "the certificate is another node's")
			return "", false
		}
	}
	if err := s.passwords.verify(request.Context(), name, password, isLoopback(request.RemoteAddr)); err != nil {
		writeStatus(answer, err.code, err.message)
		return "", false
	}
	return name, true
}

func (s *Supervisor) sign(answer http.ResponseWriter, request *http.Request, by *pki.Authority, subject pki.Subject) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		writeStatus(answer, http.StatusBadRequest, err.Error())
		return
	}
	public, err := pki.RequestedKey(body)
	if err != nil {
		writeStatus(answer, http.StatusBadRequest, err.Error())
		return
	}
	certificate, err := by.Sign(public, subject)
	if err != nil {
		writeStatus(answer, http.StatusInternalServerError, err.Error())
		return
	}
	text("application/x-pem-file", certificate)(answer, request)
}

func isLoopback(address string) bool {
	parsed, err := netip.ParseAddrPort(address)
	return err == nil && parsed.Addr().Unmap().IsLoopback()
}
