"""The kind of datastore that the settings name."""

import pulumi

from components.datastore.galera import Galera, GaleraArgs
from components.hosts.host import Host, having
from components.settings.datastore import Datastore


def create_datastore(
    name: str, settings: Datastore, hosts: dict[str, Host], opts: pulumi.ResourceOptions | None = None
) -> Galera:
    """The datastore on the hosts with the role `database`, reached from those with the role `server`."""
    args = GaleraArgs(
        members=having(hosts, "database"),
        clients=having(hosts, "server"),
        arbitrator=hosts[settings.arbitrator] if settings.arbitrator else None,
        databases=settings.databases,
    )
    return Galera(name, args, opts)
