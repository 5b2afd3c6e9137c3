package pki

import (
	"encoding/base64"
	"fmt"
)

// Kubeconfig gives the file by which a program finds the API at a URL, trusts its authority, and shows its own pair.
func Kubeconfig(server string, authority []byte, pair Pair) []byte {
	encoded := base64.StdEncoding.EncodeToString
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
- name: default
  cluster:
    server: %s
    certificate-authority-data: %s
users:
- name: default
  user:
    client-certificate-data: %s
    client-key-data: %s
contexts:
- name: default
  context:
    cluster: default
    user: default
current-context: default
`, server, encoded(authority), encoded(pair.Certificate), encoded(pair.Key))
}
