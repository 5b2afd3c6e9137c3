"""The rule for ranges: the ranges of pods, services, the tailnet and the host's own networks must not overlap."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network

from components.look.facts import Facts
from components.look.wanted import WantedHost
from components.overlay.registry import OVERLAY
from components.settings.errors import Finding

OF_PODS = re.compile(r"cni\d|flannel|kube-|cali|tunl\d|vxlan\.calico|cilium|nodelocaldns")
"""Interfaces that clusters create. Another cluster than the program's has a finding of its own."""
SHORTEST = 8
"""Wider routes than a /8 lead to the internet. More specific routes take precedence over them."""


def ranges_do_not_overlap(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """Checks the machine's addresses and routes. One finding for each of its networks."""
    seen: set[IPv4Network] = set()
    for interface, network, what in _networks(facts):
        if network in seen or interface == OVERLAY.interface or OF_PODS.match(interface):
            continue
        seen.add(network)
        if wanted.is_node:
            for key, taken in (("cluster_cidr", wanted.k3s.cluster_cidr), ("service_cidr", wanted.k3s.service_cidr)):
                if network.overlaps(taken):
                    yield Finding(
                        wanted.key, f"has {what}, which overlaps k3s.{key}, {taken}. Choose another k3s.{key}."
                    )
        if network.overlaps(OVERLAY.ipv4):
            yield Finding(
                wanted.key,
                f"has {what}, which overlaps the tailnet's range, {OVERLAY.ipv4}. {OVERLAY.name} drops packets with"
                " such addresses from other interfaces. Give that network another range.",
            )


def _networks(facts: Facts) -> Iterator[tuple[str, IPv4Network, str]]:
    for one in facts.addresses or ():
        network = IPv4Network(f"{one.address}/{one.prefix}", strict=False)
        yield one.interface, network, f"the address {one.address}/{one.prefix} on {one.interface}"
    for route in facts.routes or ():
        network = IPv4Network(route.range)
        if network.prefixlen >= SHORTEST:
            yield route.interface, network, f"a route to {network} by {route.interface}"
