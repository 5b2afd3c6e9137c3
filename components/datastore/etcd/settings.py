"""Settings of etcd as the datastore."""

from typing import Literal

from pydantic import Field

from components.datastore.settings import DatastoreSettings
from components.settings.checksums import Checksums


class EtcdSettings(DatastoreSettings):
    """etcd. Members are the hosts with the role `database`: three or five. A write counts once most of them have it."""

    kind: Literal["etcd"]
    """Which database it is: etcd."""
    heartbeat_ms: int = Field(default=300, ge=50, le=5000)
    """Milliseconds between two heartbeats of the leader, 50 to 5000. Use about the longest round trip between two
    members. A change restarts the members, one after another."""
    election_ms: int = Field(default=3000, ge=500, le=50000)
    """Milliseconds of silence after which the members elect another leader, 500 to 50000: ten times `heartbeat_ms` or
    more. Writes wait so long when the leader dies."""
    quota_mb: int = Field(default=2048, ge=256, le=8192)
    """Largest size of the database in MiB, 256 to 8192. etcd refuses writes beyond it until somebody makes room."""
    sha256: Checksums = Checksums()
    """SHA-256 of etcd's archive by architecture, in place of the publisher's list."""
