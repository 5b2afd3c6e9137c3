"""Ports that k3s listens on, from its documentation and source. `ss -lntup` on a node shows them."""

from collections.abc import Iterator, Set

from components.hosts.ports import Port

STEPS = ("k3s-binary", "k3s-node")
UNITS = ("k3s.service", "k3s-agent.service")
API_PORT = 6443
REGISTRATION_PORT = 16443
"""HAProxy's on 127.0.0.1 of every node: leads to the API of any healthy server."""
BALANCER_PORT = 6444
"""Of the API: on agents k3s' own balancer has it, on servers the API server behind the supervisor."""
KUBELET_PORT, PROXY_HEALTH_PORT, VXLAN_PORT = 10250, 10256, 8472
INSIDE_NODES = (BALANCER_PORT, 10010, 10248, 10249)
"""containerd's streams, kubelet's health, kube-proxy's metrics."""
INSIDE_SERVERS = (10257, 10258, 10259)
"""Controllers and scheduler."""


def node_ports(roles: Set[str]) -> Iterator[Port]:
    """What a host with these roles needs as a node; nothing, if it is none."""
    if not roles & {"server", "agent"}:
        return
    yield Port(REGISTRATION_PORT, "HAProxy", ("k3s-registration",), "loopback", units=("haproxy.service",))
    yield Port(VXLAN_PORT, "flannel", STEPS, protocol="udp")
    yield Port(KUBELET_PORT, "k3s", STEPS, units=UNITS, clients=("overlay", "pods"))
    yield Port(PROXY_HEALTH_PORT, "k3s", STEPS, units=UNITS, clients=())
    for number in INSIDE_NODES:
        yield Port(number, "k3s", STEPS, "loopback", units=UNITS)
    if "server" in roles:
        yield Port(API_PORT, "k3s", STEPS, units=UNITS, clients=("overlay", "pods"))
        for number in INSIDE_SERVERS:
            yield Port(number, "k3s", STEPS, "loopback", units=UNITS)
