"""One rule of a cloud's security list, and its translation for the router's packet filter."""

from dataclasses import dataclass
from ipaddress import ip_network
from typing import Literal

Direction = Literal["ingress", "egress"]
Protocol = Literal["all", "tcp", "udp", "icmp"]
Ports = tuple[int, int]


@dataclass(frozen=True)
class Rule:
    """Allows packets that open a connection. Replies pass by themselves. Packets that no rule allows are dropped.

    network: the other side, a CIDR (IPv4 or IPv6).
    ports, source_ports: first and last port (0 to 65535), for tcp and udp. None: any.
    icmp_type, icmp_code: for icmp, of the network's IP version. A code needs a type. None: any.
    Raises ValueError for anything else.
    """

    direction: Direction
    protocol: Protocol
    network: str
    ports: Ports | None = None
    source_ports: Ports | None = None
    icmp_type: int | None = None
    icmp_code: int | None = None

    def __post_init__(self) -> None:
        ip_network(self.network)
        if (self.ports or self.source_ports) and self.protocol not in ("tcp", "udp"):
            raise ValueError(f"security rule for {self.protocol}: only tcp and udp have ports")
        for first, last in filter(None, (self.ports, self.source_ports)):
            if not 0 <= first <= last <= 65535:
                raise ValueError(f"security rule for {self.protocol}: {first}-{last} is not a range of ports")
        if (self.icmp_type is not None or self.icmp_code is not None) and self.protocol != "icmp":
            raise ValueError(f"security rule for {self.protocol}: only icmp has types and codes")
        if self.icmp_code is not None and self.icmp_type is None:
            raise ValueError("security rule for icmp: a code needs its type")


def render_match(rule: Rule) -> str:
    """The rule's condition in nft's language."""
    network = ip_network(rule.network)
    words = []
    if network.prefixlen == 0:
        words.append(f"meta nfproto ipv{network.version}")
    else:
        side = "saddr" if rule.direction == "ingress" else "daddr"
        words.append(f"{'ip' if network.version == 4 else 'ip6'} {side} {network}")
    if rule.protocol == "icmp":
        words.extend(_icmp(rule, "icmp" if network.version == 4 else "icmpv6"))
    elif rule.protocol != "all":
        words.extend(_ports(rule))
    return " ".join(words)


def _icmp(rule: Rule, protocol: str) -> list[str]:
    if rule.icmp_type is None:
        return [f"meta l4proto {'icmp' if protocol == 'icmp' else 'ipv6-icmp'}"]
    words = [f"{protocol} type {rule.icmp_type}"]
    if rule.icmp_code is not None:
        words.append(f"{protocol} code {rule.icmp_code}")
    return words


def _ports(rule: Rule) -> list[str]:
    words = [f"meta l4proto {rule.protocol}"]
    for keyword, ports in (("sport", rule.source_ports), ("dport", rule.ports)):
        if ports:
            words.append(f"{rule.protocol} {keyword} {_span(ports)}")
    return words


def _span(ports: Ports) -> str:
    first, last = ports
    return str(first) if first == last else f"{first}-{last}"
