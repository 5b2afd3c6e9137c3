"""What the rest of the program knows about a machine of any cloud."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pulumi

from components.hosts.look_result import NOT_LOOKED_AT, LookResult
from components.hosts.ssh_login import SshLogin

DATA = "/var/lib/tailnet-k3s"
"""The program's own folder on every host."""


@dataclass(frozen=True)
class Connection:
    """How to log in to a host by SSH. The host must present the pinned host key."""

    address: pulumi.Output[str]
    """IPv4 address in the tailnet. For an existing machine that has not joined yet: its address in the settings."""
    user: str
    """A user who may run every command with sudo."""
    private_key: pulumi.Output[str]
    """The user's key in OpenSSH format; a secret."""
    host_key: pulumi.Output[str]
    """The host's public key as in known_hosts, without the name: `ssh-ed25519 AAAA…`."""
    port: int = 22
    sudo_password: pulumi.Output[str] | None = None
    """The password that sudo asks for; a secret. None: sudo asks for no password."""


@dataclass(frozen=True)
class PublicAddresses:
    """Public addresses of a host, for DNS records. None: the host has none of that family."""

    ipv4: pulumi.Output[str] | None = None
    ipv6: pulumi.Output[str] | None = None
    has_ipv6: pulumi.Output[bool] | None = None
    """Whether the host has its IPv6 address, if only a step on the host can tell. None: it has the address."""


@dataclass(frozen=True)
class Host:
    """One machine in the tailnet. Its cluster node has the same name."""

    name: str
    roles: frozenset[str]
    """Of `server`, `agent`, `database`, `ingress`, `storage`."""
    labels: dict[str, str]
    """Labels of the cluster node. Kubernetes adds its own."""
    taints: tuple[str, ...]
    """Taints of the cluster node: `key=value:Effect` or `key:Effect`."""
    architecture: str
    """`amd64` or `arm64`, as in the names of downloads."""
    connection: Connection
    device: pulumi.Output[str]
    """The name of its device in the tailnet. A machine that takes this host's name later is another device."""
    machine: pulumi.Resource | None
    """The machine's resource. When Pulumi deletes it, steps on the host need no cleanup. None: the machine stays."""
    ready: tuple[pulumi.Resource, ...]
    """What a step on this host must wait for."""
    lost: bool = False
    """Whether an existing machine is gone for good, so no cleanup can run on it."""
    public: PublicAddresses = PublicAddresses()
    """Set for hosts with the role `ingress` only. Other hosts may have public addresses that nothing uses."""
    storage_path: str = f"{DATA}/storage"
    """Folder for data that outlives pods, on the host's volume if it has one. The component that uses it creates it."""
    seen: LookResult = NOT_LOOKED_AT
    """The result of the look: which steps run again, and why."""
    own_login: SshLogin | None = None
    """Where SSH of an existing machine answers outside the tailnet. None: it answers in the tailnet only."""
    kept: tuple[str, ...] = ()
    """Data that `pulumi destroy` keeps, as text for the owner: `volume lab-oracle-1 (50 GB)`."""

    @property
    def address(self) -> pulumi.Output[str]:
        """IPv4 address in the tailnet. Later steps use no other address of the host."""
        return self.connection.address


def answering_first(hosts: Iterable[Host]) -> list[Host]:
    """The same hosts in the same order, but hosts that do not answer come last."""
    return sorted(hosts, key=lambda host: host.seen.silent)


def with_role(hosts: Mapping[str, Host], role: str) -> dict[str, Host]:
    """The hosts with a role, sorted by name."""
    return {name: host for name, host in hosts.items() if role in host.roles}


def own_logins(hosts: Mapping[str, Host]) -> list[SshLogin]:
    """Where SSH of the hosts answers outside the tailnet."""
    return [host.own_login for host in hosts.values() if host.own_login]


def addresses_of(hosts: Mapping[str, Host]) -> pulumi.Output[dict[str, str]]:
    """Tailnet addresses by name."""
    return pulumi.Output.all(**{name: host.address for name, host in hosts.items()})
