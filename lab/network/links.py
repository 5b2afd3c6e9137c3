"""A cable between the router and one namespace: both ends' names, addresses and routes, as `ip -batch` reads them."""

import hashlib
from dataclasses import dataclass
from ipaddress import ip_network

HOST_INTERFACE = "eth0"


@dataclass(frozen=True)
class Link:
    """What hangs on one cable: addresses within `network` (CIDR), and the router's address that is their gateway."""

    name: str
    addresses: tuple[str, ...]
    network: str
    gateway: str


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
        f"route add {link.gateway} dev {HOST_INTERFACE} scope link",
        f"route add default via {link.gateway} src {link.addresses[0]}",
    ]
    return "".join(f"{line}\n" for line in lines)
