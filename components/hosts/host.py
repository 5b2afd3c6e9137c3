"""What the rest of the program knows of a machine, whatever cloud it came from."""

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class Connection:
    """How to log in to a host: SSH to its tailnet address, and only if it shows the host key that the program made."""

    address: pulumi.Output[str]
    """IPv4 address in the tailnet."""
    user: str
    """A user who may run anything with sudo, without a password."""
    private_key: pulumi.Output[str]
    """The user's key in OpenSSH format; a secret."""
    host_key: pulumi.Output[str]
    """The host's public key, as a line of known_hosts has it after the name: `ssh-ed25519 AAAA…`."""


@dataclass(frozen=True)
class Host:
    """One machine that is in the tailnet. Its name is also its host name and the name of its cluster node."""

    name: str
    roles: frozenset[str]
    """Of `server`, `agent`, `database`."""
    labels: dict[str, str]
    """Labels of the cluster node, beside those that Kubernetes sets."""
    taints: tuple[str, ...]
    """Taints of the cluster node: `key=value:Effect` or `key:Effect`."""
    architecture: str
    """`amd64` or `arm64`, as in the names of downloads."""
    connection: Connection
    machine: pulumi.Resource
    """Steps on this host are not undone when this goes: there is nothing left to undo them on."""
    ready: tuple[pulumi.Resource, ...]
    """What a step on this host must wait for."""

    @property
    def address(self) -> pulumi.Output[str]:
        """IPv4 address in the tailnet: the only address of a host that later steps use."""
        return self.connection.address


def having(hosts: dict[str, Host], role: str) -> dict[str, Host]:
    """The hosts of one role, in the order of the settings."""
    return {name: host for name, host in hosts.items() if role in host.roles}
