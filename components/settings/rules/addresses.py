"""Rules of addresses: one must mean one thing on every host, and ranges must have room."""

from ipaddress import IPv4Network
from itertools import combinations

from components.settings.azure import Azure
from components.settings.errors import Finding
from components.settings.hosts import AzureHost, OracleHost
from components.settings.k3s import K3s
from components.settings.oracle import Oracle
from components.settings.rules.rule import Findings, Hosts, of_kind
from components.settings.tailnet import CARRIER_GRADE_NAT


def address_ranges_are_apart(hosts: Hosts, azure: Azure, k3s: K3s, oracle: Oracle) -> Findings:
    """The tailnet's whole range counts, even if little is in use; of
    clouds those that have a host."""
    ranges: dict[str, IPv4Network] = {
        "the tailnet's": CARRIER_GRADE_NAT,
        **({"oracle.network": oracle.network} if of_kind(hosts, OracleHost) else {}),
        **({"azure.network": azure.network} if of_kind(hosts, AzureHost) else {}),
        "k3s.cluster_cidr": k3s.cluster_cidr,
        "k3s.service_cidr": k3s.service_cidr,
    }
    for (first, one), (second, other) in combinations(ranges.items(), 2):
        if one.overlaps(other):
            yield Finding(second, f"{other} overlaps {first} range, {one}. Choose another.")


def pod_range_has_a_block_for_each_node(hosts: Hosts, k3s: K3s) -> Findings:
    """Each node gets a /24 of its own."""
    nodes = sum(bool({"server", "agent"} & set(host.roles)) for host in hosts.values())
    blocks = 2 ** max(24 - k3s.cluster_cidr.prefixlen, 0) if k3s.cluster_cidr.prefixlen <= 24 else 0
    if nodes > blocks:
        yield Finding(
            "k3s.cluster_cidr", f"{k3s.cluster_cidr} has a /24 for {blocks} nodes, and there are {nodes}. Widen it."
        )


def service_range_is_of_a_size_that_kubernetes_takes(k3s: K3s) -> Findings:
    """The API server keeps a bitmap of the range: at most 2^20 addresses; and its tenth is the cluster's DNS."""
    if not 12 <= k3s.service_cidr.prefixlen <= 27:
        yield Finding(
            "k3s.service_cidr",
            f"{k3s.service_cidr} is not of a size that Kubernetes takes. Use /16, or from /12 to /27.",
        )
