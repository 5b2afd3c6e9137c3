"""Settings of SQLite as the datastore."""

from typing import Literal

from components.datastore.settings import DatastoreSettings


class SqliteSettings(DatastoreSettings):
    """SQLite, in a file of the only server: for small machines. The cluster is lost with that machine's disk. No host
    has the role `database`."""

    kind: Literal["sqlite"]
    """Which database it is: SQLite."""
