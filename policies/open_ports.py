"""No firewall of a cloud opens a TCP port to everyone. Visitors come through Cloudflare, operators through the tailnet.

Each cloud's folder reads its own firewalls. The rule refuses a firewall that no cloud's folder can read.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.clouds import registry
from components.clouds.cloud import FirewallReader, Opening
from policies.known import known
from policies.rule import mandatory

TCP_OR_ALL = {"6", "all", "tcp", "*"}
WIDEST = {4: 8, 6: 16}
"""Shortest prefix of a range that one organisation can have. A shorter one counts as everyone: two halves make the
internet, too."""
NAMES_OF_EVERYONE = {"*", "any", "internet"}
FIREWALL = re.compile(r"firewall|security_?(group|list|rule)|sec_?group|network_?acl", re.IGNORECASE)
"""Names of resources that open ports, in the last part of a type token: `aws:ec2/securityGroup:SecurityGroup`."""


def firewalls() -> dict[str, FirewallReader]:
    """The reader of each kind of firewall, by type token."""
    return {kind: read for cloud in registry.CLOUDS for kind, read in (cloud.firewalls or {}).items()}


def is_unknown_firewall(kind: str) -> bool:
    """Whether a type token has the name of a firewall, and no cloud's folder can read it."""
    return bool(FIREWALL.search(kind.rpartition(":")[2])) and kind not in firewalls()


def open_ports(kind: str, props: Mapping[str, Any]) -> Iterator[Opening]:
    """The rules of a firewall that let everyone in by TCP. `kind` is its type token."""
    read = firewalls().get(kind)
    for opening in read(known(props)) if read else ():
        if opening.protocol.lower() in TCP_OR_ALL and _is_everyone(opening.source):
            yield opening


def _is_everyone(source: str) -> bool:
    if source.lower() in NAMES_OF_EVERYONE:
        return True
    try:
        network = ipaddress.ip_network(source, strict=False)
    except ValueError:
        return False  # the name of a group, or of a service
    return network.prefixlen < WIDEST[network.version]


def _reasons(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    if is_unknown_firewall(kind):
        yield (
            f"is a firewall that this policy cannot read ({kind}), so it cannot check which ports it opens. Use one of"
            f" {', '.join(firewalls())}, or add it to `firewalls` of its cloud in components/clouds."
        )
    for opening in open_ports(kind, props):
        yield (
            f"lets {opening.source} in by TCP (ports {opening.ports}). Visitors come through Cloudflare, and operators"
            " through the tailnet. Name their ranges, or remove the rule."
        )


no_tcp_port_is_open_to_everyone = mandatory(
    "no-tcp-port-is-open-to-everyone",
    "No firewall of a cloud opens a TCP port of a host to the whole internet.",
    _reasons,
)
