"""What an S3 server has to do for the rest of the program: all that is asked of an engine, whichever it is."""

from dataclasses import dataclass
from typing import Protocol

import pulumi

from components.cluster.k3s import K3s
from components.hosts.host import Host
from components.settings.storage import Account, Bucket, Storage

REGION = "us-east-1"
"""What clients have to call the one place that a store is in: the name that they fall back to themselves."""


@dataclass(frozen=True)
class Credentials:
    """Keys of one who may use the store."""

    access_key: str
    secret_key: pulumi.Output[str]
    """A secret."""


@dataclass(frozen=True)
class EngineArgs:
    """What an engine is made from."""

    settings: Storage
    host: Host
    """Where the data is; the server runs there and nowhere else."""
    cluster: K3s
    namespace: str
    console_url: str | None
    """Where people's browsers find the console. None: nowhere, and the engine runs none."""


class Engine(Protocol):
    """A running S3 server. It never deletes a bucket or an object by itself."""

    service: pulumi.Output[str]
    """Name of its Service, in its namespace."""
    port: int
    """Of the Service, for S3 by HTTP."""
    console_port: int | None
    """Of the Service, for the console by HTTP."""
    administrator: Credentials
    """Who may do anything."""
    ready: tuple[pulumi.Resource, ...]
    """It answers."""

    def add_bucket(self, name: str, bucket: Bucket) -> pulumi.Resource:
        """A bucket with these settings, made or adopted. Without its settings it stays, with all that is in it."""
        ...

    def other_buckets(self, after: list[pulumi.Resource]) -> pulumi.Output[list[str]]:
        """Buckets that the settings don't name: they did once, or somebody else has made them."""
        ...

    def add_account(
        self, name: str, account: Account, credentials: Credentials, buckets: list[pulumi.Resource]
    ) -> pulumi.Resource:
        """An account that may use its buckets and nothing else, with these keys. It goes with its settings."""
        ...
