"""A cable between the router and one namespace: both ends' names, addresses and routes, as `ip -batch` reads them."""

import hashlib
from dataclasses import dataclass
from ipaddress import ip_network

HOST_INTERFACE = "eth0"
IPV6_GATEWAY = "fe80::1"
"""The router on every cable: clouds, too, are reached by a link-local address."""


@dataclass(frozen=True)
class Link:
    """What hangs on one cable: addresses within `network` (CIDR), and the router's address that is their gateway.

    The same for IPv6, if there is any; its gateway is always IPV6_GATEWAY.
    """

    name: str
    addresses: tuple[str, ...]
    network: str
    gateway: str
    addresses_6: tuple[str, ...] = ()
    network_6: str = ""


def interface_name(name: str) -> str:
    """The router's end of the cable to a namespace: within the kernel's 15 characters, and no two names give one."""
    if len(name) <= 12:
        return f"to-{name}"
    return f"to-{name[:7]}-{hashlib.sha256(name.encode()).hexdigest()[:4]}"


def render_router_end(link: Link, namespace: str) -> str:
    """Commands for the router: makes the cable into `namespace`, and routes the addresses into it.

    There is no bridge: packets between two hosts of one subnet pass the router too, and so their security lists.
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
    """Commands for the namespace at the other end: everything goes to the gateway, neighbours in the subnet too."""
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
    """Without a search for duplicates, during which the address could not be used for a second or two."""
    if not link.addresses_6:
        return []
    prefix = ip_network(link.network_6).prefixlen
    return [
        *(f"address add {each}/{prefix} dev {HOST_INTERFACE} noprefixroute nodad" for each in link.addresses_6),
        f"route add default via {IPV6_GATEWAY} dev {HOST_INTERFACE} src {link.addresses_6[0]}",
    ]
