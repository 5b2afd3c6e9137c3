"""A machine at home as a host of the lab: its owner has installed it, and the owner's router is in front of it."""

import json
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, ip_address
from typing import Any

from lab.hosts.spec import HostSpec
from lab.lab import (
    HOME_ROUTER_ADDRESS,
    OPERATOR_ADDRESS,
    OPERATOR_ADDRESS_6,
    OUTSIDE_NETWORK,
    PUBLIC_NETWORK,
    SERVICES_NETWORK,
)
from lab.network import HOME, Rule

HOME_NETWORK = IPv4Network("192.168.200.0/24")
"""Range for machines at home whose settings have a DNS name or an IPv6 address."""
HOME_NETWORK_6 = "fd00:200::/64"
MEMORY_BYTES = 4 * 1024**3
WEB_PORTS = (80, 443)


@dataclass(frozen=True)
class Home:
    """One machine at home."""

    name: str
    address: str
    """IPv4 or IPv6 address at which the operator reaches it."""
    number: int
    """From 2 to 250. No other machine has it. It gives the machine an address of the other family."""
    user: str
    """Logs in with the key, and may use sudo."""
    public_key: str
    """The user's public key."""
    host_key: str = field(repr=False)
    """The machine's own private host key; a secret."""
    host_public_key: str
    port: int = 22
    """The port of SSH."""
    public_address: str | None = None
    """The router forwards web ports of this address to the machine. None: it forwards none."""
    sudo_password: str | None = field(default=None, repr=False)
    """The password that sudo asks for; a secret. None: sudo asks for no password."""
    folder: str | None = None
    """A folder to create. None: creates none."""


def home_spec(home: Home) -> HostSpec:
    """The host of the lab for this machine. Raises ValueError for an address that no machine at home can have."""
    address = ip_address(home.address)
    if address.is_loopback or address.is_multicast or address.is_unspecified or address.is_link_local:
        raise ValueError(f"host {home.name}: {address} is no address of a machine")
    own = address if isinstance(address, IPv4Address) else HOME_NETWORK[home.number]
    _refuse_lab_address(home.name, own)
    subnet = IPv4Interface(f"{own}/24").network
    ipv6, public_ipv6 = _ipv6(home, address)
    forwarded = None if public_ipv6 else home.public_address
    return HostSpec(
        name=home.name,
        private_address=str(own),
        subnet=str(subnet),
        gateway=str(subnet[1] if own != subnet[1] else subnet[254]),
        public_address=forwarded,
        user_data=_user_data(home),
        instance_id=home.name,
        firewall=_rules(home, str(subnet)),
        memory_bytes=MEMORY_BYTES,
        cloud=HOME,
        ipv6=ipv6,
        ipv6_subnet=str(IPv6Interface(f"{ipv6}/64").network) if ipv6 else "",
        public_ipv6=public_ipv6,
        shared_address=HOME_ROUTER_ADDRESS if own.is_private and forwarded is None else None,
    )


def _refuse_lab_address(name: str, address: IPv4Address) -> None:
    for network in (SERVICES_NETWORK, OUTSIDE_NETWORK, PUBLIC_NETWORK, "100.64.0.0/10"):
        if address in IPv4Network(network):
            raise ValueError(
                f"host {name}: {address} is not at home: {network} is the lab's own or the tailnet's range"
            )


def _ipv6(home: Home, address: IPv4Address | IPv6Address) -> tuple[str | None, str | None]:
    """The machine's private and public IPv6 address. None: it has no such address."""
    public = ip_address(home.public_address) if home.public_address else None
    forwarded = str(public) if isinstance(public, IPv6Address) else None
    if isinstance(address, IPv6Address):
        return str(address), forwarded
    return (str(IPv6Interface(HOME_NETWORK_6).network[home.number]) if forwarded else None), forwarded


def _rules(home: Home, subnet: str) -> tuple[Rule, ...]:
    """Firewall rules: allows all outgoing connections, neighbours, the owner's SSH, and visitors of forwarded ports."""
    ssh = (home.port, home.port)
    rules = [
        Rule("egress", "all", "0.0.0.0/0"),
        Rule("egress", "all", "::/0"),
        Rule("ingress", "all", subnet),
        Rule("ingress", "tcp", f"{OPERATOR_ADDRESS}/32", ssh),
        Rule("ingress", "tcp", f"{OPERATOR_ADDRESS_6}/128", ssh),
    ]
    for port in WEB_PORTS if home.public_address else ():
        everybody = "::/0" if ":" in (home.public_address or "") else "0.0.0.0/0"
        rules.append(Rule("ingress", "tcp", everybody, (port, port)))
    return tuple(rules)


def _user_data(home: Home) -> bytes:
    """User data that does what the owner of a real machine does by hand."""
    asks = "ALL=(ALL) ALL" if home.sudo_password else "ALL=(ALL) NOPASSWD:ALL"
    user: dict[str, Any] = {
        "name": home.user,
        "shell": "/bin/bash",
        "sudo": asks,
        "lock_passwd": not home.sudo_password,
        "ssh_authorized_keys": [home.public_key],
    }
    ports = "".join(f"Port {port}\n" for port in sorted({22, home.port}))  # a real router would forward its port to 22
    sshd = ports + ("PermitRootLogin prohibit-password\n" if home.user == "root" else "")
    document: dict[str, Any] = {
        "users": [user],
        "disable_root": False,
        "ssh_keys": {"ed25519_private": home.host_key, "ed25519_public": home.host_public_key},
        "write_files": [{"path": "/etc/ssh/sshd_config.d/05-home.conf", "content": sshd}],
    }
    if home.sudo_password:
        login = {"name": home.user, "password": home.sudo_password, "type": "text"}
        document["chpasswd"] = {"expire": False, "users": [login]}
    if home.folder:
        document["runcmd"] = [["mkdir", "-p", home.folder]]
    return f"#cloud-config\n{json.dumps(document)}".encode()
