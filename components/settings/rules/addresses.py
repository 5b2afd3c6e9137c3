"""Rules for address ranges: they must not overlap, and must be large enough."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

from components.clouds.registry import by_cloud
from components.overlay.registry import OVERLAY
from components.settings.errors import Finding
from components.settings.k3s import K3s
from components.settings.rules.rule import Findings, Hosts


def address_ranges_are_apart(hosts: Hosts, clouds: Mapping[str, Any], k3s: K3s) -> Findings:
    """The tailnet counts with its whole range. A cloud counts if it has a host."""
    ranges: dict[str, IPv4Network] = {
        "the tailnet's": OVERLAY.ipv4,
        **{f"{each.key}.network": each.network(clouds[each.name]) for each in by_cloud(hosts) if each.network},
        "k3s.cluster_cidr": k3s.cluster_cidr,
        "k3s.service_cidr": k3s.service_cidr,
    }
    for (first, one), (second, other) in combinations(ranges.items(), 2):
        if one.overlaps(other):
            yield Finding(second, f"{other} overlaps {first} range, {one}. Choose another.")


def pod_range_has_a_block_for_each_node(hosts: Hosts, k3s: K3s) -> Findings:
    """Each node needs its own /24."""
    nodes = sum(bool({"server", "agent"} & set(host.roles)) for host in hosts.values())
    blocks = 2 ** max(24 - k3s.cluster_cidr.prefixlen, 0) if k3s.cluster_cidr.prefixlen <= 24 else 0
    if nodes > blocks:
        yield Finding(
            "k3s.cluster_cidr", f"{k3s.cluster_cidr} has a /24 for {blocks} nodes, but there are {nodes}. Widen it."
        )


def service_range_is_of_a_size_that_kubernetes_takes(k3s: K3s) -> Findings:
    """The API server keeps a bitmap of the range, of at most 2^20 addresses. Its tenth address is CoreDNS's."""
    if not 12 <= k3s.service_cidr.prefixlen <= 27:
        yield Finding(
            "k3s.service_cidr",
            f"{k3s.service_cidr} has a size that Kubernetes does not accept. Use /16, or from /12 to /27.",
        )
