"""Settings of the object store: an S3 server on the host with the role `storage`."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from components.settings.part import HostLabel, ImageName, Part, ResourceName


def bucket_name(text: str) -> str:
    """A bucket's name by the rules of S3, without dots: no certificate covers them as part of a host's name."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", text):
        raise ValueError(
            "is not a bucket's name. Use 3 to 63 of a-z, 0-9 and -, with no - at either end."
            if "." not in text
            else "has a dot, which no certificate covers as part of a host's name. Use - instead."
        )
    if text.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or text.endswith(("-s3alias", "--ol-s3", "--x-s3")):
        raise ValueError("begins or ends as names do that S3 keeps for itself. Choose another.")
    return text


BucketName = Annotated[str, AfterValidator(bucket_name)]


class Bucket(Part):
    """One bucket. It is never deleted with its settings: what is in it stays."""

    versioning: bool = False
    """Whether overwritten and deleted objects are kept as older versions."""
    expiry_days: int | None = Field(default=None, ge=1, le=36500)
    """After how many days objects are deleted. None: never."""


class Account(Part):
    """Who may use buckets, with keys of its own in a Secret in its namespace."""

    buckets: tuple[BucketName, ...] = Field(min_length=1)
    """The buckets that it may use."""
    access: Literal["read", "write"] = "read"
    """What it may do: read, or read, write and delete."""
    namespace: ResourceName
    """The namespace of the cluster that gets the Secret."""


class Storage(Part):
    """Nothing, unless a host has the role `storage`."""

    engine: Literal["minio"] = "minio"
    """Which program it is. MinIO's publisher archived it in 2026: its data can be moved by S3's own means."""
    image: ImageName | None = None
    """Its container image. None: the one that this program was tested with."""
    size_gb: int = Field(default=20, ge=1, le=100000)
    """How much of the host's volume it may claim."""
    memory_mb: int = Field(default=1024, ge=256, le=1048576)
    """Its limit of memory."""
    host_name: HostLabel | None = "s3"
    """Label before edge.domain where S3 is served. None: within the cluster only."""
    console_host_name: HostLabel | None = "s3-console"
    """Label before edge.domain where the console is served. None: nowhere."""
    buckets: dict[BucketName, Bucket] = Field(default_factory=dict)
    """Buckets by name."""
    accounts: dict[ResourceName, Account] = Field(default_factory=dict)
    """Accounts by name."""
