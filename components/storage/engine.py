"""The interface between an S3 server and the rest of the program."""

from dataclasses import dataclass
from typing import Protocol

import pulumi

from components.cluster.k3s import K3s
from components.hosts.host import Host
from components.settings.storage import Account, Bucket, Storage

REGION = "us-east-1"
"""Region of the store. S3 clients use this name by default."""


@dataclass(frozen=True)
class Credentials:
    """Keys of an account."""

    access_key: str
    secret_key: pulumi.Output[str]
    """A secret."""


@dataclass(frozen=True)
class EngineArgs:
    """Arguments of an engine."""

    settings: Storage
    host: Host
    """Host with the data. The server runs only there."""
    cluster: K3s
    namespace: str
    console_url: str | None
    """URL of the console for browsers. None: the engine runs no console."""


class Engine(Protocol):
    """A running S3 server. The program never deletes a bucket or an object of it."""

    service: pulumi.Output[str]
    """Name of its Service, in its namespace."""
    port: int
    """Of the Service, for S3 by HTTP."""
    console_port: int | None
    """Of the Service, for the console by HTTP."""
    administrator: Credentials
    """Account with all rights."""
    ready: tuple[pulumi.Resource, ...]
    """Once these exist, the server answers."""

    def add_bucket(self, name: str, bucket: Bucket) -> pulumi.Resource:
        """Creates or adopts a bucket. When it leaves the settings, the bucket and its objects stay."""
        ...

    def other_buckets(self, after: list[pulumi.Resource]) -> pulumi.Output[list[str]]:
        """Buckets that the settings don't name: removed from the settings, or created by others."""
        ...

    def add_account(
        self, name: str, account: Account, credentials: Credentials, buckets: list[pulumi.Resource]
    ) -> pulumi.Resource:
        """Creates an account for its buckets only, with these keys. It is deleted when it leaves the settings."""
        ...
