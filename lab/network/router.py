"""What the router does with packets of hosts: addresses translated one to one, and every host's own security list."""

from collections.abc import Iterable
from dataclasses import dataclass

from lab.network.links import interface_name
from lab.network.rules import Rule, render_match

PRIVATE = "{ 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 }"
"""Ranges that no internet routes (RFC 1918): reached within a virtual network only."""


@dataclass(frozen=True)
class Attachment:
    """A host's place in its cloud's network.

    network: CIDR of the virtual network, whose members reach each other's private addresses. public_address: None for a
    host that the internet can't reach and that can't reach the internet.
    """

    name: str
    private_address: str
    network: str
    public_address: str | None
    rules: tuple[Rule, ...]

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
    """
    hosts = sorted(attachments, key=lambda host: host.name)
    public = [host for host in hosts if host.public_address]
    return f"""table inet lab
delete table inet lab
table inet lab {{
  set interfaces {{ type ifname; {_elements(f'"{host.interface}"' for host in hosts)} }}
  set spoken {{ type ipv4_addr . inet_service . ipv4_addr . inet_service; flags dynamic,timeout; timeout 2m; }}
  map by_interface {{ type ifname : verdict; {_elements(f'"{h.interface}" : jump out-{h.name}' for h in hosts)} }}
  map to_interface {{ type ifname : verdict; {_elements(f'"{h.interface}" : jump in-{h.name}' for h in hosts)} }}
  map private {{ type ipv4_addr : ipv4_addr; {_elements(f"{h.public_address} : {h.private_address}" for h in public)} }}
  map public {{ type ipv4_addr : ipv4_addr; {_elements(f"{h.private_address} : {h.public_address}" for h in public)} }}
  chain leaving {{
    type filter hook prerouting priority mangle; policy accept;
    ct state established,related accept
    iifname != @interfaces ip daddr {PRIVATE} drop
    iifname vmap @by_interface
  }}
  chain to_private {{
    type nat hook prerouting priority dstnat; policy accept;
    dnat ip to ip daddr map @private
  }}
  chain to_public {{
    type nat hook postrouting priority srcnat; policy accept;
    oifname != @interfaces snat ip to ip saddr map @public
    ct status dnat snat ip to ip saddr map @public
  }}
  chain arriving {{
    type filter hook postrouting priority srcnat + 10; policy accept;
    ct state established,related accept
    iifname @interfaces oifname != @interfaces ip saddr {PRIVATE} drop
    iifname @interfaces ct status dnat ip saddr {PRIVATE} drop
    ip daddr . udp dport . ip saddr . udp sport @spoken accept
    oifname vmap @to_interface
  }}
  chain let_out {{
    update @spoken {{ ip saddr . udp sport . ip daddr . udp dport }}
    accept
  }}
{"".join(_chains(host) for host in hosts)}}}
"""


def _elements(elements: Iterable[str]) -> str:
    listed = ", ".join(elements)
    return f"elements = {{ {listed} }}" if listed else ""


def _chains(host: Attachment) -> str:
    """Both of the host's chains: first match lets through, the end drops. As clouds do, none sends for another."""
    outward = [f"ip saddr != {host.private_address} drop"]
    outward += [f"ip daddr {PRIVATE} ip daddr != {host.network} drop"]
    outward += [f"{render_match(rule)} goto let_out" for rule in host.rules if rule.direction == "egress"]
    inward = [f"{render_match(rule)} accept" for rule in host.rules if rule.direction == "ingress"]
    return _chain(f"out-{host.name}", outward) + _chain(f"in-{host.name}", inward)


def _chain(name: str, rules: list[str]) -> str:
    return f"  chain {name} {{\n" + "".join(f"    {rule}\n" for rule in [*rules, "drop"]) + "  }\n"
