"""Rules of SQLite: one server has the file, and nobody makes backups of it."""

from components.datastore.sqlite.settings import SqliteSettings
from components.settings.backup import Backup
from components.settings.errors import Finding
from components.settings.rules.rule import Findings, Hosts


def sqlite_has_one_server(hosts: Hosts, datastore: SqliteSettings) -> Findings:
    """Each server would have a file of its own, and so a cluster of its own."""
    servers = [name for name, host in hosts.items() if "server" in host.roles]
    if len(servers) > 1:
        yield Finding(
            "datastore.kind",
            f"sqlite is a file on one server, but {', '.join(servers[:-1])} and {servers[-1]} are servers. Make all but"
            " one of them agents, or use another kind.",
        )


def sqlite_has_no_backups(datastore: SqliteSettings, backup: Backup | None) -> Findings:
    """The program takes them on hosts with the role `database` alone."""
    if backup is not None:
        yield Finding(
            "backup", "can't be made of sqlite. Remove it; docs/datastores.md says how to copy the file by hand."
        )
