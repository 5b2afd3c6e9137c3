"""Rules of Oracle's security lists, as the lab's router takes them."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from lab.network import Rule
from lab.network.rules import Direction, Protocol
from lab.providers.stand_in import Values

PROTOCOLS: dict[str, Protocol] = {"all": "all", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmp"}
"""By Oracle's numbers; its lists take names for none but all."""
DIRECTIONS: tuple[tuple[str, str, Direction], ...] = (
    ("ingressSecurityRules", "source", "ingress"),
    ("egressSecurityRules", "destination", "egress"),
)


def rules_of(record: Values) -> Iterator[Rule]:
    """The rules in a list, as the lab's router takes them."""
    for name, side, direction in DIRECTIONS:
        for given in record[name]:
            yield rule_of(given, side, direction)


def rule_of(given: dict[str, Any], side: str, direction: Direction) -> Rule:
    """One rule. Raises ValueError for what Oracle refuses or the lab can't enforce. Unknown parts pass as open ones."""
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
    if given["protocol"] == "58" and ip_network(given[side]).version != 6:
        raise ValueError("protocol 58 (ICMPv6) needs an IPv6 range")
    for options, number in (("tcpOptions", "tcp"), ("udpOptions", "udp"), ("icmpOptions", "icmp")):
        if given.get(options) and number != protocol:
            raise ValueError(f"{options} with protocol {given['protocol']}")
    ports = given.get("tcpOptions") or given.get("udpOptions") or {}
    icmp = given.get("icmpOptions") or {}
    return Rule(
        direction,
        protocol,
        given[side],
        ports=port_range(ports),
        source_ports=port_range(ports.get("sourcePortRange") or {}),
        icmp_type=icmp.get("type"),
        icmp_code=icmp.get("code"),
    )


def port_range(options: dict[str, Any]) -> tuple[int, int] | None:
    """First and last port; none is every port. Raises ValueError if there is one without the other."""
    if ("min" in options) != ("max" in options):
        raise ValueError("ports need both min and max")
    if not isinstance(options.get("min"), int) or not isinstance(options.get("max"), int):
        return None
    return options["min"], options["max"]


def default_rules(cidr: str) -> Values:
    """What Oracle's default list of a VCN with this range lets through: SSH, ICMP errors, and everything outward."""
    return {
        "ingressSecurityRules": [
            {"protocol": "6", "source": "0.0.0.0/0", "tcpOptions": {"min": 22, "max": 22}},
            {"protocol": "1", "source": "0.0.0.0/0", "icmpOptions": {"type": 3, "code": 4}},
            {"protocol": "1", "source": cidr, "icmpOptions": {"type": 3}},
        ],
        "egressSecurityRules": [{"protocol": "all", "destination": "0.0.0.0/0"}],
    }
