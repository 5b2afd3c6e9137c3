"""A database of the owner's own as one of the kinds of datastore."""

from collections.abc import Iterator, Set

import pulumi

from components.datastore.external import rules
from components.datastore.external.settings import ExternalSettings
from components.datastore.kind import Datastore, DatastoreArgs, DatastoreLook, Kind
from components.datastore.memberless import no_host_is_a_member
from components.hosts.host import with_role

CLIENTS = {"mysql": "python3-pymysql", "postgres": "python3-psycopg2", "etcd": "etcd-client"}
"""Debian packages by which a host speaks to a database, by its engine. In Ubuntu, too."""


def create(name: str, args: DatastoreArgs, opts: pulumi.ResourceOptions | None = None) -> Datastore:
    """Creates a check on each host with the role `server`, and nothing else. It has no backups of this program's, so
    nothing fills it."""
    from components.datastore.external.external import External  # not needed to read settings

    return External(name, args.settings, with_role(args.hosts, "server"), opts)


def packages(settings: ExternalSettings, name: str, roles: Set[str]) -> Iterator[str]:
    """Of servers."""
    if "server" in roles:
        yield from ("ca-certificates", "python3", CLIENTS[settings.target.engine])


EXTERNAL = Kind(
    settings=ExternalSettings,
    rules=(
        rules.certificate_and_key_are_a_pair,
        rules.etcd_knows_k3s_by_its_certificate,
        no_host_is_a_member,
        rules.external_makes_its_own_backups,
    ),
    create=create,
    look=DatastoreLook(steps=("datastore-check",), packages=packages),
)
