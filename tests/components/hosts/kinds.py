"""One stack with hosts of every kind, and what the program does to make them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pulumi
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from components.edge.ranges import VisitorRanges
from components.hosts.args import HostsArgs
from components.hosts.create import create_hosts
from components.hosts.look_result import LookResult
from components.hosts.operator import Operator
from components.overlay.create import create_overlay
from components.settings.load import Settings
from tests.engine import Outputs, Run, run
from tests.stack import CALLS, settings

VISITORS = VisitorRanges(("192.0.2.0/28", "192.0.2.32/28"), ("2001:db8:f::/48",))
NOBODY = VisitorRanges()
ROLES, VISITED_ROLES = ["server", "database"], ["server", "database", "ingress"]
ORACLE: dict[str, Any] = {"cloud": "oracle", "roles": ROLES, "shape": "VM.Standard.E4.Flex", "memory_gb": 4}
AZURE: dict[str, Any] = {"cloud": "azure", "roles": ROLES, "size": "Standard_B2ls_v2"}
_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))  # anybody may know it: it opens nothing
PRIVATE_KEY = _KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
HOST_KEY = _KEY.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
HOME: dict[str, Any] = {
    "cloud": "existing",
    "roles": ROLES,
    "address": "203.0.113.77",
    "port": 2222,
    "user": "pi",
    "host_key": HOST_KEY,
}
KINDS = {"oracle": ORACLE, "azure": AZURE, "home": HOME}


def mixed(**changes: Any) -> Settings:
    """The lab's settings with three hosts, one of each kind, and changes put over them; a null takes a host out."""
    base: dict[str, Any] = {f"oracle-{number}": None for number in range(1, 5)}
    hosts = {**base, "oracle-5": ORACLE, "azure-6": AZURE, "home-7": HOME, **changes.pop("hosts", {})}
    logins = {
        name: {"private_key": PRIVATE_KEY} for name, host in hosts.items() if host and host["cloud"] == "existing"
    }
    logins |= changes.pop("logins", {})
    visited = any("ingress" in host["roles"] for host in hosts.values() if host)
    edge = {"edge": {"domain": "tailnet.example"}} if visited else {}
    whole: dict[str, Any] = {"azure": {"location": "westeurope"}, **edge, **changes}
    return settings(hosts=hosts, logins=logins, **whole)


def hosts_of(
    chosen: Settings,
    visitors: VisitorRanges = VISITORS,
    preview: bool = False,
    stack: str = "lab",
    *,
    provided: Mapping[str, Outputs] | None = None,
    found: Mapping[str, LookResult] | None = None,
    **calls: Any,
) -> Run:
    """What the program does to make hosts, and no more. `calls` are further answers of clouds, by function."""

    def program() -> None:
        overlay = create_overlay("tailnet", chosen.overlay, chosen.downloads, [])
        args = HostsArgs(Operator("operator"), overlay, visitors, chosen.trust, found or {})
        hosts = create_hosts(chosen.hosts, chosen.clouds, args)
        pulumi.export("order", list(hosts))
        pulumi.export("addresses", {name: host.address for name, host in hosts.items()})
        pulumi.export("host_keys", {name: host.connection.host_key for name, host in hosts.items()})
        pulumi.export("roles", {name: sorted(host.roles) for name, host in hosts.items()})
        pulumi.export("ipv4", {name: host.public.ipv4 for name, host in hosts.items()})
        pulumi.export("ipv6", {name: host.public.ipv6 for name, host in hosts.items()})
        pulumi.export("has_ipv6", {name: host.public.has_ipv6 for name, host in hosts.items()})
        pulumi.export("storage", {name: host.storage_path for name, host in hosts.items()})
        pulumi.export("kept", {name: list(host.kept) for name, host in hosts.items()})

    tokens = {f"oci:Core/{name}:{name}": answer for name, answer in calls.items()}
    return run(program, calls=CALLS | tokens, preview=preview, stack=stack, provided=provided)


@cache
def plain() -> Run:
    """A host of each kind, without visitors' roles or volumes."""
    return hosts_of(mixed())


@cache
def visited() -> Run:
    """The same, all of them with the role `ingress` and with volumes."""
    return hosts_of(
        mixed(
            hosts={
                "oracle-5": {**ORACLE, "roles": VISITED_ROLES, "volume_gb": 50},
                "azure-6": {**AZURE, "roles": VISITED_ROLES, "volume_gb": 10},
                "home-7": {
                    **HOME,
                    "roles": VISITED_ROLES,
                    "public_address": "93.184.216.34",
                    "volume": "/srv/data",
                },
            }
        )
    )
