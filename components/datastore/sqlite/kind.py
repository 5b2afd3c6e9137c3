"""SQLite as one of the kinds of datastore."""

import pulumi

from components.datastore.kind import Datastore, DatastoreArgs, DatastoreLook, Kind
from components.datastore.memberless import no_host_is_a_member
from components.datastore.sqlite import rules
from components.datastore.sqlite.settings import SqliteSettings
from components.hosts.host import with_role

FILE_STEP = "datastore-file"


def create(name: str, args: DatastoreArgs, opts: pulumi.ResourceOptions | None = None) -> Datastore:
    """SQLite on the only host with the role `server`. It has no backups, so nothing fills it."""
    from components.datastore.sqlite.sqlite import Sqlite  # not needed to read settings

    return Sqlite(name, with_role(args.hosts, "server"), opts)


SQLITE = Kind(
    settings=SqliteSettings,
    rules=(rules.sqlite_has_one_server, no_host_is_a_member, rules.sqlite_has_no_backups),
    create=create,
    look=DatastoreLook(steps=(FILE_STEP,), only_copy=FILE_STEP),
)
