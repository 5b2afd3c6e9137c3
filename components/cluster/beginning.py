"""What a cluster begins with, before it has a datastore: the servers' token, and whether k3s encrypts Secrets."""

from collections.abc import Mapping

import pulumi
import pulumi_random as random

from components.cluster.encryption import encrypts_secrets
from components.hosts.host import Host
from components.settings.k3s import K3s as Settings

TYPE = "tailnet-k3s:cluster:K3s"
"""Of the component that has the rest of the cluster."""


class Beginning(pulumi.ComponentResource):
    """What a restore of the datastore must know of the cluster that starts on it."""

    token: pulumi.Output[str]
    """The servers' token; a secret. It opens the keys that the datastore keeps."""
    encrypts: bool
    """Whether k3s encrypts Secrets in the datastore."""
    restored: bool
    """Whether the datastore is filled from a backup, before the first server starts."""

    def __init__(  # noqa: PLR0917
        self,
        name: str,
        settings: Settings,
        servers: Mapping[str, Host],
        agents: Mapping[str, Host] | None = None,
        restored: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`name`: the cluster's. Raises SettingsError if the settings switch the encryption of Secrets off too late."""
        super().__init__("tailnet-k3s:cluster:Beginning", name, None, opts)
        hosts = [*servers.values(), *(agents or {}).values()]
        is_new = not any(node_step(name, host) in host.seen.done for host in hosts)
        self.encrypts, self.restored = encrypts_secrets(settings, servers.values(), is_new), restored
        before = pulumi.Alias(parent=pulumi.create_urn(name, TYPE))  # it was a part of the other component
        options = pulumi.ResourceOptions(parent=self, aliases=[before])
        self.token = random.RandomPassword(f"{name}-token", length=48, special=False, opts=options).result
        self.register_outputs({})


def node_step(name: str, host: Host) -> str:
    """Name of the step that starts k3s on a host. `name`: the cluster's."""
    return f"{name}-node-{host.name}"
