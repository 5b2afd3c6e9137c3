"""Set operations on traffic. They turn Azure's ordered allow and deny rules into filters that only allow."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Literal

from lab.hosts import Rule
from lab.providers.azure_native.ranges import Network, is_within, without

Protocol = Literal["all", "tcp", "udp", "icmp"]
Ports = tuple[int, int]
ALL_PORTS: Ports = (0, 65535)
WHOLE: dict[int, Network] = {4: ip_network("0.0.0.0/0"), 6: ip_network("::/0")}
NAMED: tuple[Protocol, ...] = ("tcp", "udp", "icmp")


@dataclass(frozen=True)
class Traffic:
    """All packets with a protocol, a remote range, and ports. The direction decides whose ports they are."""

    protocol: Protocol
    network: Network
    ports: Ports = ALL_PORTS
    source_ports: Ports = ALL_PORTS

    def __and__(self, other: "Traffic") -> "Traffic | None":
        """The traffic in both. None if there is none."""
        if self.protocol != other.protocol and "all" not in (self.protocol, other.protocol):
            return None
        network = smaller(self.network, other.network)
        ports, source_ports = common(self.ports, other.ports), common(self.source_ports, other.source_ports)
        if network is None or ports is None or source_ports is None:
            return None
        return Traffic(other.protocol if self.protocol == "all" else self.protocol, network, ports, source_ports)

    def __sub__(self, other: "Traffic") -> Iterator["Traffic"]:
        """The traffic in this, but not in the other. "All protocols but one" becomes the others in NAMED."""
        shared = self & other
        if shared is None:
            yield self
        elif self.protocol == "all" and shared.protocol != "all":
            for protocol in NAMED:
                yield from replace(self, protocol=protocol) - other
        else:
            for network in without(self.network, shared.network):
                yield replace(self, network=network)
            inside = replace(self, network=shared.network)
            for ports in outside(self.ports, shared.ports):
                yield replace(inside, ports=ports)
            for source_ports in outside(self.source_ports, shared.source_ports):
                yield replace(inside, ports=shared.ports, source_ports=source_ports)

    def rule(self, direction: Literal["ingress", "egress"]) -> Rule:
        """The traffic as a rule of a host's filter."""
        ports = None if self.ports == ALL_PORTS else self.ports
        source_ports = None if self.source_ports == ALL_PORTS else self.source_ports
        return Rule(direction, self.protocol, str(self.network), ports=ports, source_ports=source_ports)


def allowed(decisions: Iterable[tuple[bool, list[Traffic]]]) -> list[Traffic]:
    """The traffic that ordered rules allow. Each rule allows or denies some traffic. The first match decides."""
    found: list[Traffic] = []
    denied: list[Traffic] = []
    for allows, traffic in decisions:
        if not allows:
            denied += traffic
            continue
        for part in traffic:
            found += minus(part, denied)
    return list(dict.fromkeys(found))


def joined(traffic: Iterable[Traffic]) -> list[Traffic]:
    """The same traffic with as few ranges as possible."""
    ranges: dict[Traffic, list[Network]] = {}
    for each in traffic:
        ranges.setdefault(replace(each, network=WHOLE[each.network.version]), []).append(each.network)
    return [replace(kind, network=network) for kind, networks in ranges.items() for network in collapsed(networks)]


def collapsed(networks: Iterable[Network]) -> Iterator[Network]:
    """Ranges of one IP version. Overlapping and adjacent ranges are merged."""
    yield from collapse_addresses(each for each in networks if isinstance(each, IPv4Network))
    yield from collapse_addresses(each for each in networks if isinstance(each, IPv6Network))


def minus(traffic: Traffic, others: Iterable[Traffic]) -> list[Traffic]:
    """The traffic that is not in any of the others."""
    left = [traffic]
    for other in others:
        left = [part for each in left for part in each - other]
    return left


def both(one: Iterable[Traffic], other: list[Traffic]) -> list[Traffic]:
    """The traffic that is in both lists."""
    return list(dict.fromkeys(part for each in one for more in other if (part := each & more) is not None))


def smaller(one: Network, other: Network) -> Network | None:
    """The smaller one of two nested ranges. None if they do not overlap."""
    if is_within(one, other):
        return one
    return other if is_within(other, one) else None


def common(one: Ports, other: Ports) -> Ports | None:
    """The ports in both port ranges."""
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None


def outside(ports: Ports, hole: Ports) -> list[Ports]:
    """The ports of a range that are not in another one."""
    parts = ((ports[0], hole[0] - 1), (hole[1] + 1, ports[1]))
    return [(first, last) for first, last in parts if first <= last]
