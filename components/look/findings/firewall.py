"""The rule for firewalls: packets that the cluster needs get through. If not, the finding has the commands to run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from components.cluster.interfaces import BRIDGE, TUNNEL
from components.cluster.ports import API_PORT
from components.look.facts import Facts, Firewall
from components.look.packets.iptables import Filter
from components.look.packets.nftables import Chain, Ruleset
from components.look.packets.packet import Packet
from components.look.services import needed_ports
from components.look.wanted import WantedHost
from components.overlay.registry import OVERLAY
from components.settings.errors import Finding

TAILNET, PODS, THROUGH = "from the tailnet", "from pods to their host", "from pods to pods"
VISITORS, INTO_TAILNET, TO_PODS = "from visitors to pods", "into the tailnet", "from the host to its pods"
SSH_PORT = 22
VISITOR = IPv4Address("198.51.100.7")


@dataclass(frozen=True)
class Program:
    """A firewall's commands. `{interface}` stands for a network interface, `{pods}` for the range of pods."""

    name: str
    tailnet: str
    """Allows packets from the tailnet."""
    host: tuple[str, ...]
    """Allow packets from pods to their host."""
    through: tuple[str, ...]
    """Allow packets from and to pods."""
    out: str
    """Allows packets that leave the host by `{interface}`."""
    last: tuple[str, ...] = ()
    """Run after the others, to keep the rules after a reboot."""


UFW = Program(
    "ufw",
    "sudo ufw allow in on {interface}",
    ("sudo ufw allow from {pods}",),
    ("sudo ufw route allow from {pods}", "sudo ufw route allow to {pods}"),
    "sudo ufw allow out on {interface}",
)
IPTABLES = Program(
    "iptables",
    "sudo iptables -I INPUT -i {interface} -j ACCEPT",
    ("sudo iptables -I INPUT -s {pods} -j ACCEPT",),
    ("sudo iptables -I FORWARD -s {pods} -j ACCEPT", "sudo iptables -I FORWARD -d {pods} -j ACCEPT"),
    "sudo iptables -I OUTPUT -o {interface} -j ACCEPT",
    ("sudo apt-get install iptables-persistent; sudo netfilter-persistent save",),
)


def firewall_lets_the_cluster_through(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """The first boot opens the firewall of a machine that the program creates. The rule applies after that."""
    firewall = facts.firewall
    if firewall is None or (wanted.is_made and not wanted.did(facts, "first-boot")):
        return
    pods = wanted.k3s.cluster_cidr
    outside = next((route.interface for route in facts.routes or () if route.range == "0.0.0.0/0"), None)
    needed = list(packets(wanted, outside))
    if firewall.firewalld and (lines := _for_firewalld(firewall, needed, pods)):
        yield _finding(wanted, "firewalld", [packet for packet in needed if packet.hook == "input"], lines)
    opened = OVERLAY.look.opens_iptables(facts.overlay or {})
    rules = Filter(firewall.iptables or ())
    dropped = [one for one in needed if rules.dropped_by(one) and not (opened and one.what == TAILNET)]
    if dropped:
        program = UFW if firewall.ufw else IPTABLES
        yield _finding(wanted, program.name, dropped, list(_openings(program, dropped, pods)))
    tables = Ruleset(one for one in firewall.nftables or () if not (firewall.firewalld and _is_firewallds(one)))
    chains = {packet: chain for packet in needed if (chain := tables.dropped_by(packet))}
    if chains:
        lines = [_for_nftables(packet, chain, pods) for packet, chain in chains.items()]
        yield _finding(wanted, "nftables", list(chains), [*lines, "# and add the same rules to /etc/nftables.conf"])


def packets(wanted: WantedHost, outside: str | None = None) -> Iterator[Packet]:
    """One packet for each port of the roles, and for each other way that packets take. Pods are on nodes only.

    `outside`: the interface by which visitors come in.
    """
    inside, pods, interface = OVERLAY.ipv4, wanted.k3s.cluster_cidr, OVERLAY.interface
    yield Packet(TAILNET, "input", interface, "", inside[2], inside[3], SSH_PORT)
    for port in needed_ports(wanted):
        if port.where == "loopback":
            continue
        if "overlay" in port.clients:
            yield Packet(TAILNET, "input", interface, "", inside[2], inside[3], port.number, port.protocol)
            yield Packet(INTO_TAILNET, "output", "", interface, inside[3], inside[2], port.number, port.protocol)
        if "pods" in port.clients:
            yield Packet(PODS, "input", BRIDGE, "", pods[258], inside[3], port.number, port.protocol)
    if not wanted.is_node:
        return
    yield Packet(INTO_TAILNET, "output", "", interface, inside[3], inside[2], API_PORT)
    yield Packet(THROUGH, "forward", TUNNEL, BRIDGE, pods[514], pods[258], 8000)
    yield Packet(THROUGH, "forward", BRIDGE, TUNNEL, pods[258], pods[514], 8000)
    yield Packet(TO_PODS, "output", "", BRIDGE, pods[257], pods[258], 8000)
    if "ingress" in wanted.roles and outside:
        yield Packet(VISITORS, "forward", outside, BRIDGE, VISITOR, pods[258], 8000)


def _finding(wanted: WantedHost, program: str, dropped: Sequence[Packet], lines: Sequence[str]) -> Finding:
    what = ", ".join(dict.fromkeys(packet.what for packet in dropped))
    text = "".join(f"\n      {line}" for line in dict.fromkeys(lines))
    return Finding(wanted.key, f"has rules of {program} that drop packets {what}. Run there:{text}")


def _for_firewalld(firewall: Firewall, needed: Sequence[Packet], pods: IPv4Network) -> list[str]:
    """Commands for firewalld. Its chains run after all others, and drop packets that those have accepted."""
    interface, add = OVERLAY.interface, "sudo firewall-cmd --permanent --zone=trusted"
    lines = [] if interface in firewall.trusted else [f"{add} --add-interface={interface}"]
    if any(packet.what == PODS for packet in needed) and str(pods) not in firewall.trusted:
        lines.append(f"{add} --add-source={pods}")
    return [*lines, "sudo firewall-cmd --reload"] if lines else []


def _openings(program: Program, dropped: Sequence[Packet], pods: IPv4Network) -> Iterator[str]:
    """Commands that allow the packets."""
    for packet in dropped:
        if packet.what == TAILNET:
            yield program.tailnet.format(interface=packet.interface)
        elif packet.hook == "output":
            yield program.out.format(interface=packet.out)
        else:
            for command in program.host if packet.hook == "input" else program.through:
                yield command.format(pods=pods)
    yield from program.last


def _for_nftables(packet: Packet, chain: Chain, pods: IPv4Network) -> str:
    if packet.what == TAILNET:
        condition = f"iifname {packet.interface}"
    elif packet.hook == "output":
        condition = f"oifname {packet.out}"
    else:
        condition = f"ip {'daddr' if packet.out == BRIDGE else 'saddr'} {pods}"
    return f"sudo nft insert rule {' '.join(chain)} {condition} accept"


def _is_firewallds(entry: Mapping[str, Any]) -> bool:
    return any(value["table"] == "firewalld" for value in entry.values())
