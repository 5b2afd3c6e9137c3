"""A cable (veth pair) between the router and one namespace. Renders the commands for both ends, for `ip -batch`."""

import hashlib
from dataclasses import dataclass
from ipaddress import ip_network

HOST_INTERFACE = "eth0"
IPV6_GATEWAY = "fe80::1"
"""The router's address on every cable. Clouds use a link-local gateway for IPv6, too."""


@dataclass(frozen=True)
class Link:
    """The namespace at the end of one cable: its addresses within `network` (CIDR), and its gateway, the router.

    The IPv6 gateway is always IPV6_GATEWAY. set_up_6: whether the lab configures the IPv6 addresses at the far end. If
    not, the router still routes them there, and the host must configure them by itself.
    """

    name: str
    addresses: tuple[str, ...]
    network: str
    gateway: str
    addresses_6: tuple[str, ...] = ()
    network_6: str = ""
    set_up_6: bool = True


def interface_name(name: str) -> str:
    """Name of the router's interface to a namespace: at most 15 characters (the kernel's limit), and unique."""
    if len(name) <= 12:
        return f"to-{name}"
    return f"to-{name[:7]}-{hashlib.sha256(name.encode()).hexdigest()[:4]}"


def render_router_end(link: Link, namespace: str) -> str:
    """Commands for the router: they create the cable into `namespace`, and route the addresses into it.

    There is no bridge. So packets between two hosts of one subnet pass the router, too, and their security lists.
    """
    interface = interface_name(link.name)
    lines = [
        f"link add {interface} type veth peer name {HOST_INTERFACE} netns {namespace}",
        f"link set {interface} up",
        f"address replace {link.gateway}/32 dev lo",
        *([f"address replace {IPV6_GATEWAY}/64 dev {interface} nodad"] if link.addresses_6 else []),
        *(f"route replace {address}/128 dev {interface}" for address in link.addresses_6),
        *(f"route replace {address}/32 dev {interface}" for address in link.addresses),
    ]
    return "".join(f"{line}\n" for line in lines)


def render_far_end(link: Link) -> str:
    """Commands for the namespace at the other end. All packets go to the gateway, also those within the subnet."""
    prefix = ip_network(link.network).prefixlen
    lines = [
        "link set lo up",
        *(f"address add {address}/{prefix} dev {HOST_INTERFACE} noprefixroute" for address in link.addresses),
        f"link set {HOST_INTERFACE} up",
        *_far_end_6(link),
        f"route add {link.gateway} dev {HOST_INTERFACE} scope link",
        f"route add default via {link.gateway} src {link.addresses[0]}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _far_end_6(link: Link) -> list[str]:
    """Skips duplicate address detection (nodad): the address would be unusable for a second or two."""
    if not link.addresses_6 or not link.set_up_6:
        return []
    prefix = ip_network(link.network_6).prefixlen
    return [
        *(f"address add {each}/{prefix} dev {HOST_INTERFACE} noprefixroute nodad" for each in link.addresses_6),
        f"route add default via {IPV6_GATEWAY} dev {HOST_INTERFACE} src {link.addresses_6[0]}",
    ]
