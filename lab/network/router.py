"""The router's rules: address translation (one-to-one, or shared as behind a home router), and a list for each host."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from lab.lab import OPERATOR
from lab.network.links import interface_name
from lab.network.rules import Rule, render_match

HOME = "home"
"""The `cloud` of machines that are in no cloud."""
PRIVATE = "{ 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 }"
"""Private ranges (RFC 1918). They are reachable within a virtual network only."""
PRIVATE_6 = "fc00::/7"
"""The private range of IPv6 (RFC 4193)."""
NEIGHBOURS = "ip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept"
"""Allows neighbour discovery on a cable. A hop limit of 255 proves that no router has forwarded the packet."""


@dataclass(frozen=True)
class Attachment:
    """A host's place in its cloud's network.

    network: CIDR of the virtual network. Its members reach each other's private addresses. Two clouds may have networks
    with the same range; these are different networks.
    public_address: None: the internet can't reach the host.
    shared_address: the source address of the host's connections to the internet, shared with others, like behind a home
    router. Only replies get in. With neither address, the host has no internet.

    ipv6: an address that the internet reaches directly. But a private one (RFC 4193) is translated to public_ipv6 and
    back, and is reached directly within network_6 only.
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
    """The complete table in nft's language. It replaces the table that was there.

    A host's security list sees the addresses that it would see in a cloud: the host's own private address, and the
    public addresses of others, unless they are in the same network. So the lists check packets that leave a host before
    address translation, and packets that arrive after it.

    In real clouds each host's list tracks connections by itself. Here one router does it for all hosts. Therefore the
    sets `spoken` record which UDP packets a host has sent: replies pass even if the other side's list dropped the
    request.

    The operator is at home. Nobody else outside reaches the machines at home by their private addresses.
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
    """The host's two chains. The first matching rule decides, the end drops. A host can't spoof its source address."""
    outward = [f"ip saddr != {host.private_address} drop", f"ip6 saddr != {host.ipv6 or '::1'} drop"]
    outward += [f"ip daddr {PRIVATE} ip daddr != {host.network} drop"]
    outward += [f"ip6 daddr {PRIVATE_6} ip6 daddr != {host.network_6 or '::1'} drop"]
    outward += [f"{word} daddr {address} drop" for word, address in _of_other_clouds(host, hosts)]
    outward += [f"{render_match(rule)} goto let_out" for rule in host.rules if rule.direction == "egress"]
    inward = [f"{render_match(rule)} accept" for rule in host.rules if rule.direction == "ingress"]
    return _chain(f"out-{host.name}", outward) + _chain(f"in-{host.name}", inward)


def _of_other_clouds(host: Attachment, hosts: list[Attachment]) -> list[tuple[str, str]]:
    """Private addresses in this host's own range that belong to hosts of other clouds."""
    others = [other for other in hosts if other.cloud != host.cloud]
    found = [("ip", other.private_address) for other in others if _within(other.private_address, host.network)]
    return found + [("ip6", other.ipv6) for other in others if other.ipv6 and _within(other.ipv6, host.network_6)]


def _within(address: str, network: str) -> bool:
    return bool(network) and ip_address(address) in ip_network(network)


def _chain(name: str, rules: list[str]) -> str:
    return f"  chain {name} {{\n" + "".join(f"    {rule}\n" for rule in [*rules, "drop"]) + "  }\n"
