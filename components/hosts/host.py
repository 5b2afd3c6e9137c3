"""What the rest of the program knows of a machine, whatever cloud it came from."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

DATA = "/var/lib/tailnet-k3s"
"""Folder of the program's own on every host."""


@dataclass(frozen=True)
class Connection:
    """How to log in to a host: SSH, and only if it shows the host key that the program made or the settings name."""

    address: pulumi.Output[str]
    """IPv4 address in the tailnet. Of a machine that has yet to join: where the settings say that it is."""
    user: str
    """A user who may run anything with sudo."""
    private_key: pulumi.Output[str]
    """The user's key in OpenSSH format; a secret."""
    host_key: pulumi.Output[str]
    """The host's public key, as a line of known_hosts has it after the name: `ssh-ed25519 AAAA…`."""
    port: int = 22
    sudo_password: pulumi.Output[str] | None = None
    """What sudo asks the user for; a secret. None: nothing."""


@dataclass(frozen=True)
class PublicAddresses:
    """Where the internet reaches a host: what names in DNS may point at. None: not at all, in that family."""

    ipv4: pulumi.Output[str] | None = None
    ipv6: pulumi.Output[str] | None = None


@dataclass(frozen=True)
class Host:
    """One machine that is in the tailnet. Its name is also that of its cluster node."""

    name: str
    roles: frozenset[str]
    """Of `server`, `agent`, `database`, `ingress`, `storage`."""
    labels: dict[str, str]
    """Labels of the cluster node, beside those that Kubernetes sets."""
    taints: tuple[str, ...]
    """Taints of the cluster node: `key=value:Effect` or `key:Effect`."""
    architecture: str
    """`amd64` or `arm64`, as in the names of downloads."""
    connection: Connection
    machine: pulumi.Resource | None
    """Steps on this host are not undone when this goes: there is nothing left to undo them on. None: it stays."""
    ready: tuple[pulumi.Resource, ...]
    """What a step on this host must wait for."""
    lost: bool = False
    """Whether there is nothing left to undo steps on, although no resource tells."""
    public: PublicAddresses = PublicAddresses()
    """For hosts with the role `ingress`; others may have addresses too, which nobody needs to know."""
    storage_path: str = f"{DATA}/storage"
    """Folder for data that outlives pods: on the host's own volume where it has one. Made by who uses it."""
    kept: tuple[str, ...] = ()
    """What `pulumi destroy` doesn't destroy, as its owner finds it: `volume lab-oracle-1 (50 GB)`."""

    @property
    def address(self) -> pulumi.Output[str]:
        """IPv4 address in the tailnet: the only address of a host that later steps use."""
        return self.connection.address


def having(hosts: dict[str, Host], role: str) -> dict[str, Host]:
    """The hosts of one role, in the order of their names."""
    return {name: host for name, host in hosts.items() if role in host.roles}


def addresses_of(hosts: Mapping[str, Host]) -> pulumi.Output[dict[str, str]]:
    """Tailnet addresses by name."""
    return pulumi.Output.all(**{name: host.address for name, host in hosts.items()})
