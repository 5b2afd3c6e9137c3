"""Who votes in the Galera group, members and the arbitrator, and the certificates by which they know each other."""

from collections.abc import Mapping

import pulumi

from components.datastore.authority import create_authority, identify_host
from components.hosts.host import Host, addresses_of


class Voters:
    """All voters by name, each with a certificate of the stack's own authority."""

    certificates: Mapping[str, pulumi.Output[str]]
    """PEM, by the names of hosts."""

    def __init__(self, name: str, hosts: Mapping[str, Host], opts: pulumi.ResourceOptions) -> None:
        """`name`: the beginning of the names of the resources. `opts`: their options."""
        self.hosts = hosts
        self._addresses = addresses_of(hosts)
        self._authority = create_authority(f"{name}-authority", opts)
        self._identities = {
            host.name: identify_host(f"{name}-voter-{host.name}", self._authority, host, opts)
            for host in hosts.values()
        }
        self.certificates = {host: identity.certificate for host, identity in self._identities.items()}

    def others(self, host: Host) -> dict[str, pulumi.Input[str]]:
        """Value of group.sh: addresses of all other voters."""
        addresses = self._addresses.apply(
            lambda known: " ".join(address for name, address in known.items() if name != host.name)
        )
        return {"OTHERS": addresses}

    def values(self, host: Host) -> dict[str, pulumi.Input[str]]:
        """All values of group.sh, for a step that writes the certificates."""
        return {
            **self.others(host),
            "AUTHORITY": self._authority.certificate.apply(str.rstrip),
            "CERTIFICATE": self.certificates[host.name].apply(str.rstrip),
        }

    def secrets(self, host: Host) -> dict[str, pulumi.Input[str]]:
        """Secrets of such a step."""
        return {"KEY": self._identities[host.name].key}
