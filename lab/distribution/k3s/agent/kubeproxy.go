package agent

import (
	"runtime"

	"tailnet-k3s/k3s/children"
)

func processorCount() int { return runtime.NumCPU() }

// kubeProxy is the program that makes Services' addresses lead to pods. It has no configuration file: it would watch it,
// and the kernel counts its watches (inotify instances) over all hosts that share it.
func (h *host) kubeProxy() children.Program {
	arguments := []string{
		"--kubeconfig=" + h.file("kubeproxy.kubeconfig"),
		"--cluster-cidr=" + h.cluster.ClusterCIDR,
		"--hostname-override=" + h.Name,
		"--proxy-mode=iptables",
		"--oom-score-adj=0",
		"--healthz-bind-address=127.0.0.1:10256",
		"--metrics-bind-address=127.0.0.1:10249",
		// no changes of the kernel's limits, which hosts may share
		"--conntrack-max-per-core=0",
		"--conntrack-min=0",
		"--conntrack-tcp-timeout-established=0s",
		"--conntrack-tcp-timeout-close-wait=0s",
	}
	return h.kubernetes("kube-proxy", arguments, h.KubeProxyArguments)
}
