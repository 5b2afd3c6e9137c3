"""A database of the owner's own as one of the kinds of datastore."""

from collections.abc import Iterator, Mapping, Set

import pulumi

from components.datastore.external import rules
from components.datastore.external.settings import ExternalSettings
from components.datastore.kind import Datastore, DatastoreLook, Fill, Kind, fill_nothing
from components.datastore.memberless import no_host_is_a_member
from components.hosts.host import Host, with_role
from components.overlay.facts import OverlayFacts
from components.settings.downloads import Downloads

CLIENTS = {"mysql": "python3-pymysql", "postgres": "python3-psycopg2", "etcd": "etcd-client"}
"""Debian packages by which a host speaks to a database, by its engine. In Ubuntu, too."""


def create(
    name: str,
    settings: ExternalSettings,
    hosts: Mapping[str, Host],
    overlay: OverlayFacts,
    opts: pulumi.ResourceOptions | None = None,
    *,
    downloads: Downloads,
    fill: Fill = fill_nothing,
) -> Datastore:
    """Creates a check on each host with the role `server`, and nothing else. Its programs are packages, so `downloads`
    does not concern it. The program makes no backups of it, so `fill` fills nothing."""
    from components.datastore.external.external import External  # not needed to read settings

    return External(name, settings, with_role(hosts, "server"), opts)


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
