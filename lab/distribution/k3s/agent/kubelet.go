package agent

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"tailnet-k3s/k3s/children"
	"tailnet-k3s/k3s/containerd"
	"tailnet-k3s/k3s/system"
)

// kubelet is the program that runs a node's pods. Its configuration is a file, as few of its flags are left.
func (h *host) kubelet() (children.Program, error) {
	settings := map[string]any{
		"apiVersion": "kubelet.config.k8s.io/v1beta1",
		"kind":       "KubeletConfiguration",
		// those of servicelb's pods
		"allowedUnsafeSysctls": []string{"net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"},
		"authentication": map[string]any{
			"anonymous": map[string]any{"enabled": false},
			"webhook":   map[string]any{"enabled": true},
			"x509":      map[string]any{"clientCAFile": h.file("client-ca.crt")},
		},
		"authorization":            map[string]any{"mode": "Webhook"},
		"cgroupDriver":             "cgroupfs",
		"clusterDNS":               []string{h.cluster.ClusterDNS},
		"clusterDomain":            h.cluster.ClusterDomain,
		"containerRuntimeEndpoint": "unix://" + containerd.Socket,
		"evictionHard":             map[string]string{"imagefs.available": "5%", "nodefs.available": "5%"},
		"evictionMinimumReclaim":   map[string]string{"imagefs.available": "10%", "nodefs.available": "10%"},
		"failSwapOn":               false,
		"oomScoreAdj":              0, // a lower one takes a right that hosts which share a kernel don't have
		"protectKernelDefaults":    h.ProtectKernelDefaults,
		"providerID":               "k3s://" + h.Name,
		"resolvConf":               h.ResolvConf,
		"serializeImagePulls":      false,
		"tlsCertFile":              h.file("serving-kubelet.crt"),
		"tlsPrivateKeyFile":        h.file("serving-kubelet.key"),
	}
	if reserved := reserved(); len(reserved) > 0 {
		settings["systemReserved"] = reserved
	}
	taints, err := parseTaints(h.Taints)
	if err != nil {
		return children.Program{}, err
	}
	if len(taints) > 0 {
		settings["registerWithTaints"] = taints
	}
	content, err := json.MarshalIndent(settings, "", "  ")
	if err != nil {
		return children.Program{}, err
	}
	if err := h.etc.Write("kubelet.json", content, 0o600); err != nil {
		return children.Program{}, err
	}
	arguments := []string{
		"--config=" + filepath.Join(h.etc.Path, "kubelet.json"),
		"--kubeconfig=" + h.file("kubelet.kubeconfig"),
		"--hostname-override=" + h.Name,
		"--node-ip=" + h.address,
		"--node-labels=" + strings.Join(append([]string{"node.kubernetes.io/instance-type=k3s"}, h.Labels...), ","),
	}
	if !h.cluster.DisableCloud { // then a server gives the node its addresses, by what annotate.go says
		arguments = append(arguments, "--cloud-provider=external")
	}
	if h.Debug {
		arguments = append(arguments, "--v=4")
	}
	return h.kubernetes("kubelet", arguments, h.KubeletArguments), nil
}

func (h *host) kubernetes(name string, arguments, user []string) children.Program {
	for _, argument := range user {
		arguments = append(arguments, "--"+strings.TrimLeft(argument, "-")) // a later flag wins
	}
	return children.Program{
		Name:      name,
		Path:      filepath.Join(h.bin, name),
		Arguments: arguments,
		// the programs that came along first; those that the host must have, such as iptables, after
		Environment: []string{"PATH=" + h.bin + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		Secrets:     []string{h.Token},
	}
}

// reserved is what of the machine is not this host's, as kubelet sees the whole machine where hosts share one.
func reserved() map[string]string {
	given := map[string]string{}
	if machine, allowed := system.Memory(); allowed < machine {
		given["memory"] = strconv.FormatUint((machine-allowed)>>20, 10) + "Mi"
	}
	seen := float64(processorCount())
	if allowed := system.Processors(); allowed > 0 && allowed < seen {
		given["cpu"] = strconv.Itoa(int(math.Round((seen-allowed)*1000))) + "m"
	}
	return given
}

type taint struct {
	Key    string `json:"key"`
	Value  string `json:"value,omitempty"`
	Effect string `json:"effect"`
}

// parseTaints reads key=value:Effect and key:Effect.
func parseTaints(given []string) ([]taint, error) {
	taints := make([]taint, 0, len(given))
	for _, text := range given {
		left, effect, found := strings.Cut(text, ":")
		key, value, _ := strings.Cut(left, "=")
		switch effect {
		case "NoSchedule", "PreferNoSchedule", "NoExecute":
		default:
			found = false
		}
		if !found || key == "" {
			return nil, fmt.Errorf("node-taint: %q is not key=value:NoSchedule, :PreferNoSchedule or :NoExecute", text)
		}
		taints = append(taints, taint{Key: key, Value: value, Effect: effect})
	}
	return taints, nil
}
