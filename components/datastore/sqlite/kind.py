"""SQLite as one of the kinds of datastore."""

from collections.abc import Mapping

import pulumi

from components.datastore.kind import Datastore, DatastoreLook, Fill, Kind, fill_nothing
from components.datastore.memberless import no_host_is_a_member
from components.datastore.sqlite import rules
from components.datastore.sqlite.settings import SqliteSettings
from components.hosts.host import Host, with_role
from components.overlay.facts import OverlayFacts
from components.settings.downloads import Downloads

FILE_STEP = "datastore-file"


def create(
    name: str,
    settings: SqliteSettings,
    hosts: Mapping[str, Host],
    overlay: OverlayFacts,
    opts: pulumi.ResourceOptions | None = None,
    *,
    downloads: Downloads,
    fill: Fill = fill_nothing,
) -> Datastore:
    """SQLite on the only host with the role `server`. It is a part of k3s, so `downloads` does not concern it. It
    has no backups, so `fill` fills nothing."""
    from components.datastore.sqlite.sqlite import Sqlite  # not needed to read settings

    return Sqlite(name, with_role(hosts, "server"), opts)


SQLITE = Kind(
    settings=SqliteSettings,
    rules=(rules.sqlite_has_one_server, no_host_is_a_member, rules.sqlite_has_no_backups),
    create=create,
    look=DatastoreLook(steps=(FILE_STEP,), only_copy=FILE_STEP),
)
