"""Translates rules of Oracle's security lists and network security groups for the lab's router."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_network
from typing import Any

from lab.network import Rule
from lab.network.rules import Direction, Protocol
from lab.providers.stand_in import Values

PROTOCOLS: dict[str, Protocol] = {"all": "all", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmp"}
"""Protocols by number. Oracle's lists accept numbers, and only `all` as a name."""
ICMP = {"1": 4, "58": 6}
"""The IP version of the two ICMP protocols."""
DIRECTIONS: tuple[tuple[str, str, Direction], ...] = (
    ("ingressSecurityRules", "source", "ingress"),
    ("egressSecurityRules", "destination", "egress"),
)
SIDES: dict[str, tuple[str, Direction]] = {"INGRESS": ("source", "ingress"), "EGRESS": ("destination", "egress")}
EVERY_CODE = -1
"""The published provider's value for: this ICMP rule applies to all codes."""


def rules_of(record: Values) -> Iterator[Rule]:
    """The rules in a list, for the lab's router."""
    for name, side, direction in DIRECTIONS:
        for given in record[name]:
            yield rule_of(given, side, direction)


def rule_of(given: dict[str, Any], side: str, direction: Direction) -> Rule:
    """One rule. Raises ValueError if Oracle refuses it or the lab can't enforce it. Unknown parts count as not set."""
    if given.get("stateless"):
        raise ValueError("the lab has no stateless rules")
    if given.get(f"{side}Type") not in (None, "CIDR_BLOCK") or not isinstance(given.get(side, ""), str):
        if isinstance(given.get(f"{side}Type"), str):
            raise ValueError(f"the lab has only CIDR_BLOCK as {side}Type")
        return Rule(direction, "all", "0.0.0.0/0")
    if not isinstance(given["protocol"], str):
        return Rule(direction, "all", given[side])
    if given["protocol"] not in PROTOCOLS:
        raise ValueError(
            f"protocol {given['protocol']!r}: the lab has all, 1 (ICMP), 6 (TCP), 17 (UDP) and 58 (ICMPv6)"
        )
    protocol = PROTOCOLS[given["protocol"]]
    version = ip_network(given[side]).version
    if given["protocol"] in ICMP and ICMP[given["protocol"]] != version:
        raise ValueError(
            f"protocol {given['protocol']} is ICMP of IPv{ICMP[given['protocol']]}, and {given[side]} is not"
        )
    for options, number in (("tcpOptions", "tcp"), ("udpOptions", "udp"), ("icmpOptions", "icmp")):
        if given.get(options) and number != protocol:
            raise ValueError(f"{options} with protocol {given['protocol']}")
    ports = given.get("tcpOptions") or given.get("udpOptions") or {}
    icmp = given.get("icmpOptions") or {}
    code = icmp.get("code")
    return Rule(
        direction,
        protocol,
        given[side],
        ports=port_range(ports),
        source_ports=port_range(ports.get("sourcePortRange") or {}),
        icmp_type=icmp.get("type"),
        icmp_code=None if code == EVERY_CODE else code,
    )


def group_rule_of(given: dict[str, Any], members: Iterable[str] = ()) -> Iterator[Rule]:
    """A group's rule. If its other side is a group: one rule for each of the members (CIDRs). Raises ValueError.

    Here the ports are nested one level deeper than in a list.
    """
    if given["direction"] not in SIDES:
        raise ValueError(f"direction is INGRESS or EGRESS, not {given['direction']}")
    side, direction = SIDES[given["direction"]]
    if not given.get(side):
        raise ValueError(f"a rule for {given['direction']} needs {side}")
    flat = dict(given)
    for options in ("tcpOptions", "udpOptions"):
        if isinstance(given.get(options), dict):
            deeper = given[options]
            flat[options] = {
                **(deeper.get("destinationPortRange") or {}),
                "sourcePortRange": deeper.get("sourcePortRange"),
            }
    if given.get(f"{side}Type") != "NETWORK_SECURITY_GROUP":
        yield rule_of(flat, side, direction)
        return
    for member in members:
        if ICMP.get(given["protocol"]) in (None, ip_network(member).version):
            yield rule_of(flat | {side: member, f"{side}Type": "CIDR_BLOCK"}, side, direction)


def port_range(options: dict[str, Any]) -> tuple[int, int] | None:
    """The first and the last port. None means all ports. Raises ValueError if only one of them is given."""
    if ("min" in options) != ("max" in options):
        raise ValueError("ports need both min and max")
    if not isinstance(options.get("min"), int) or not isinstance(options.get("max"), int):
        return None
    return options["min"], options["max"]


def default_rules(cidr: str, *, with_ipv6: bool) -> Values:
    """The rules in Oracle's default list of a VCN with this range: incoming SSH and ICMP errors, and all outgoing."""
    ssh = {"min": 22, "max": 22}
    rules_6 = [
        {"protocol": "6", "source": "::/0", "tcpOptions": ssh},
        {"protocol": "58", "source": "::/0", "icmpOptions": {"type": 2, "code": 0}},
    ]
    return {
        "ingressSecurityRules": [
            {"protocol": "6", "source": "0.0.0.0/0", "tcpOptions": ssh},
            {"protocol": "1", "source": "0.0.0.0/0", "icmpOptions": {"type": 3, "code": 4}},
            {"protocol": "1", "source": cidr, "icmpOptions": {"type": 3}},
            *(rules_6 if with_ipv6 else ()),
        ],
        "egressSecurityRules": [
            {"protocol": "all", "destination": "0.0.0.0/0"},
            *([{"protocol": "all", "destination": "::/0"}] if with_ipv6 else ()),
        ],
    }
