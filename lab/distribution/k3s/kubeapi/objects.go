package kubeapi

// The annotations in which a node's agent says its name and its addresses.
const (
	Hostname        = "k3s.io/hostname"
	InternalAddress = "k3s.io/internal-ip"
	ExternalAddress = "k3s.io/external-ip"
)

// The fields of Kubernetes' objects that k3s reads or writes itself.
type (
	// Metadata of any object.
	Metadata struct {
		Name              string            `json:"name,omitempty"`
		UID               string            `json:"uid,omitempty"`
		Namespace         string            `json:"namespace,omitempty"`
		Labels            map[string]string `json:"labels,omitempty"`
		Annotations       map[string]string `json:"annotations,omitempty"`
		CreationTimestamp string            `json:"creationTimestamp,omitempty"`
		ResourceVersion   string            `json:"resourceVersion,omitempty"`
	}

	// List of objects of one kind.
	List[T any] struct {
		Items []T `json:"items"`
	}

	// Node is a host.
	Node struct {
		Metadata Metadata `json:"metadata"`
		Spec     struct {
			PodCIDR string  `json:"podCIDR"`
			Taints  []Taint `json:"taints"`
		} `json:"spec"`
		Status struct {
			Addresses  []Address   `json:"addresses"`
			Conditions []Condition `json:"conditions"`
		} `json:"status"`
	}

	// Taint keeps pods that don't tolerate it away from a node.
	Taint struct {
		Key       string `json:"key"`
		Value     string `json:"value,omitempty"`
		Effect    string `json:"effect"`
		TimeAdded string `json:"timeAdded,omitempty"`
	}

	// Address of a node; Type is InternalIP, ExternalIP or Hostname.
	Address struct {
		Type    string `json:"type"`
		Address string `json:"address"`
	}

	// Condition of a node or a pod; Status is True, False or Unknown.
	Condition struct {
		Type   string `json:"type"`
		Status string `json:"status"`
	}

	// Pod runs on a node.
	Pod struct {
		Metadata Metadata `json:"metadata"`
		Spec     struct {
			NodeName string `json:"nodeName"`
		} `json:"spec"`
		Status struct {
			PodIP      string      `json:"podIP"`
			Conditions []Condition `json:"conditions"`
		} `json:"status"`
	}

	// DaemonSet runs a pod on each node that may have one.
	DaemonSet struct {
		Metadata Metadata `json:"metadata"`
	}

	// Secret holds values in base64.
	Secret struct {
		APIVersion string            `json:"apiVersion,omitempty"`
		Kind       string            `json:"kind,omitempty"`
		Metadata   Metadata          `json:"metadata"`
		Immutable  bool              `json:"immutable,omitempty"`
		Data       map[string][]byte `json:"data,omitempty"`
	}

	// Service has an address in the cluster, and those of load balancers in its status.
	Service struct {
		Metadata Metadata `json:"metadata"`
		Spec     struct {
			Type                     string        `json:"type"`
			ExternalTrafficPolicy    string        `json:"externalTrafficPolicy"`
			LoadBalancerClass        *string       `json:"loadBalancerClass"`
			LoadBalancerSourceRanges []string      `json:"loadBalancerSourceRanges"`
			ClusterIPs               []string      `json:"clusterIPs"`
			Ports                    []ServicePort `json:"ports"`
		} `json:"spec"`
		Status struct {
			LoadBalancer LoadBalancer `json:"loadBalancer"`
		} `json:"status"`
	}

	// ServicePort of a Service: its own, and the one on every node.
	ServicePort struct {
		Port     int    `json:"port"`
		NodePort int    `json:"nodePort"`
		Protocol string `json:"protocol"`
	}

	// LoadBalancer lists where a Service can be reached from outside.
	LoadBalancer struct {
		Ingress []Ingress `json:"ingress"`
	}

	// Ingress is one such address.
	Ingress struct {
		IP     string `json:"ip"`
		IPMode string `json:"ipMode,omitempty"`
	}

	// EndpointSlice lists what is behind a Service.
	EndpointSlice struct {
		Metadata  Metadata `json:"metadata"`
		Endpoints []struct {
			Addresses []string `json:"addresses"`
			NodeName  string   `json:"nodeName"`
			TargetRef struct {
				Kind string `json:"kind"`
			} `json:"targetRef"`
			Conditions struct {
				Ready *bool `json:"ready"`
			} `json:"conditions"`
		} `json:"endpoints"`
		Ports []struct {
			Port int `json:"port"`
		} `json:"ports"`
	}

	// ConfigMap holds plain values.
	ConfigMap struct {
		Metadata Metadata          `json:"metadata"`
		Data     map[string]string `json:"data,omitempty"`
	}
)

// Ready tells whether the node's kubelet says so, and lately.
func (n Node) Ready() bool { return isReady(n.Status.Conditions) }

// Ready tells whether all of the pod's containers are, and its node answers.
func (p Pod) Ready() bool { return isReady(p.Status.Conditions) }

func isReady(conditions []Condition) bool {
	for _, condition := range conditions {
		if condition.Type == "Ready" {
			return condition.Status == "True"
		}
	}
	return false
}

// AddressesOf gives the node's addresses of a type.
func (n Node) AddressesOf(kind string) []string {
	var found []string
	for _, address := range n.Status.Addresses {
		if address.Type == kind {
			found = append(found, address.Address)
		}
	}
	return found
}
