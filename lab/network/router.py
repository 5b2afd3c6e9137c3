"""What the router does with packets of hosts: addresses translated one to one, and every host's own security list."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from lab.lab import OPERATOR
from lab.network.links import interface_name
from lab.network.rules import Rule, render_match

HOME = "home"
"""The cloud of machines that are in none."""
PRIVATE = "{ 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 }"
"""Ranges that no internet routes (RFC 1918): reached within a virtual network only."""
PRIVATE_6 = "fc00::/7"
"""The same for IPv6 (RFC 4193)."""
NEIGHBOURS = "ip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept"
"""How both ends of a cable find each other with IPv6; with this hop limit, nobody from farther away."""


@dataclass(frozen=True)
class Attachment:
    """A host's place in its cloud's network.

    network: CIDR of the virtual network, whose members reach each other's private addresses; a network of the same
    range in another `cloud` is another one. public_address: None for a host that the internet can't reach and, without
    `shared_address`, that can't reach the internet. shared_address: as which it appears on the internet together with
    others, like all that is behind one router at home; what it did not ask for does not get in.

    ipv6: its own address, which everybody reaches as it is, unless it is private (RFC 4193): then it is translated to
    and from public_ipv6, and network_6 has the members that it reaches without.
    """

    name: str
    private_address: str
    network: str
    public_address: str | None
    rules: tuple[Rule, ...]
    cloud: str = ""
    shared_address: str | None = None
    ipv6: str | None = None
    network_6: str = ""
    public_ipv6: str | None = None

    @property
    def interface(self) -> str:
        """The router's end of the host's cable."""
        return interface_name(self.name)


def render_filters(attachments: Iterable[Attachment]) -> str:
    """The whole table in nft's language, replacing what was there.

    A host's security list sees addresses as that host's cloud would: its own private one, and of others the public one
    unless they are in the same network. So packets that leave a host are judged before any translation, packets that
    arrive after all of it. In reality each host's list keeps a state of its own; here one router has them all. `spoken`
    keeps what UDP a host has sent, so that answers pass although the other side's list dropped the question.

    The operator is at home: nobody else outside reaches the machines there by their own addresses.
    """
    hosts = sorted(attachments, key=lambda host: host.name)
    homes = [host for host in hosts if host.cloud == HOME]
    return f"""table inet lab
delete table inet lab
table inet lab {{
  set interfaces {{ type ifname; {_elements(f'"{host.interface}"' for host in hosts)} }}
  set homes {{ type ipv4_addr; {_elements(home.private_address for home in homes)} }}
  set homes_6 {{ type ipv6_addr; {_elements(home.ipv6 for home in homes if home.ipv6)} }}
  set spoken {{ type ipv4_addr . inet_service . ipv4_addr . inet_service; flags dynamic,timeout; timeout 2m; }}
  set spoken_6 {{ type ipv6_addr . inet_service . ipv6_addr . inet_service; flags dynamic,timeout; timeout 2m; }}
  map by_interface {{ type ifname : verdict; {_elements(f'"{h.interface}" : jump out-{h.name}' for h in hosts)} }}
  map to_interface {{ type ifname : verdict; {_elements(f'"{h.interface}" : jump in-{h.name}' for h in hosts)} }}
{_translations(hosts)}
  chain leaving {{
    type filter hook prerouting priority mangle; policy accept;
    ct state established,related accept
    {NEIGHBOURS}
    iifname "{interface_name(OPERATOR)}" ip daddr @homes accept
    iifname "{interface_name(OPERATOR)}" ip6 daddr @homes_6 accept
    iifname != @interfaces ip daddr {PRIVATE} drop
    iifname != @interfaces ip6 daddr {PRIVATE_6} drop
    iifname vmap @by_interface
  }}
  chain to_private {{
    type nat hook prerouting priority dstnat; policy accept;
    dnat ip to ip daddr map @private
    dnat ip6 to ip6 daddr map @private_6
  }}
  chain to_public {{
    type nat hook postrouting priority srcnat; policy accept;
    ip daddr != {PRIVATE} snat ip to ip saddr map @public
    ct status dnat snat ip to ip saddr map @public
    ip6 daddr != {PRIVATE_6} snat ip6 to ip6 saddr map @public_6
    ct status dnat snat ip6 to ip6 saddr map @public_6
  }}
  chain arriving {{
    type filter hook postrouting priority srcnat + 10; policy accept;
    ct state established,related accept
    {NEIGHBOURS}
    iifname @interfaces ip daddr != {PRIVATE} ip saddr {PRIVATE} drop
    iifname @interfaces ip6 daddr != {PRIVATE_6} ip6 saddr {PRIVATE_6} drop
    iifname @interfaces ct status dnat ip saddr {PRIVATE} drop
    iifname @interfaces ct status dnat ip6 saddr {PRIVATE_6} drop
    ip daddr . udp dport . ip saddr . udp sport @spoken accept
    ip6 daddr . udp dport . ip6 saddr . udp sport @spoken_6 accept
    oifname vmap @to_interface
  }}
  chain let_out {{
    update @spoken {{ ip saddr . udp sport . ip daddr . udp dport }}
    update @spoken_6 {{ ip6 saddr . udp sport . ip6 daddr . udp dport }}
    accept
  }}
{"".join(_chains(host, hosts) for host in hosts)}}}
"""


def _translations(hosts: list[Attachment]) -> str:
    public = [host for host in hosts if host.public_address]
    public_6 = [host for host in hosts if host.public_ipv6]
    shown = [f"{h.private_address} : {h.public_address or h.shared_address}" for h in hosts if _appears(h)]
    inward = _elements(f"{h.public_address} : {h.private_address}" for h in public)
    inward_6 = _elements(f"{h.public_ipv6} : {h.ipv6}" for h in public_6)
    outward_6 = _elements(f"{h.ipv6} : {h.public_ipv6}" for h in public_6)
    return f"""  map private {{ type ipv4_addr : ipv4_addr; {inward} }}
  map public {{ type ipv4_addr : ipv4_addr; {_elements(shown)} }}
  map private_6 {{ type ipv6_addr : ipv6_addr; {inward_6} }}
  map public_6 {{ type ipv6_addr : ipv6_addr; {outward_6} }}"""


def _appears(host: Attachment) -> bool:
    return bool(host.public_address or host.shared_address)


def _elements(elements: Iterable[str]) -> str:
    listed = ", ".join(elements)
    return f"elements = {{ {listed} }}" if listed else ""


def _chains(host: Attachment, hosts: list[Attachment]) -> str:
    """Both of the host's chains: first match lets through, the end drops. As clouds do, none sends for another."""
    outward = [f"ip saddr != {host.private_address} drop", f"ip6 saddr != {host.ipv6 or '::1'} drop"]
    outward += [f"ip daddr {PRIVATE} ip daddr != {host.network} drop"]
    outward += [f"ip6 daddr {PRIVATE_6} ip6 daddr != {host.network_6 or '::1'} drop"]
    outward += [f"{word} daddr {address} drop" for word, address in _strangers(host, hosts)]
    outward += [f"{render_match(rule)} goto let_out" for rule in host.rules if rule.direction == "egress"]
    inward = [f"{render_match(rule)} accept" for rule in host.rules if rule.direction == "ingress"]
    return _chain(f"out-{host.name}", outward) + _chain(f"in-{host.name}", inward)


def _strangers(host: Attachment, hosts: list[Attachment]) -> list[tuple[str, str]]:
    """Private addresses in this host's own range that belong to hosts of another cloud."""
    others = [other for other in hosts if other.cloud != host.cloud]
    found = [("ip", other.private_address) for other in others if _within(other.private_address, host.network)]
    return found + [("ip6", other.ipv6) for other in others if other.ipv6 and _within(other.ipv6, host.network_6)]


def _within(address: str, network: str) -> bool:
    return bool(network) and ip_address(address) in ip_network(network)


def _chain(name: str, rules: list[str]) -> str:
    return f"  chain {name} {{\n" + "".join(f"    {rule}\n" for rule in [*rules, "drop"]) + "  }\n"
