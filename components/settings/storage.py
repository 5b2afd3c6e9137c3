"""Settings of the object store: an S3 server on the host with the role `storage`."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from components.settings.part import HostLabel, ImageName, Part, ResourceName


def bucket_name(text: str) -> str:
    """A bucket's name by the rules of S3. Dots are not allowed: no certificate covers such a host name."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", text):
        raise ValueError(
            "is not a bucket's name. Use 3 to 63 of a-z, 0-9 and -, with no - at either end."
            if "." not in text
            else "has a dot. No certificate covers such a host name. Use - instead."
        )
    if text.startswith(("xn--", "sthree-", "amzn-s3-demo-")) or text.endswith(("-s3alias", "--ol-s3", "--x-s3")):
        raise ValueError("has a prefix or suffix that S3 reserves. Choose another.")
    return text


BucketName = Annotated[str, AfterValidator(bucket_name)]


class Bucket(Part):
    """One bucket. If you remove its settings, the bucket and its objects stay."""

    versioning: bool = False
    """Whether to keep overwritten and deleted objects as older versions."""
    expiry_days: int | None = Field(default=None, ge=1, le=36500)
    """Days after which objects are deleted. None: never."""


class Account(Part):
    """An account. A Secret in its namespace contains its keys."""

    buckets: tuple[BucketName, ...] = Field(min_length=1)
    """Buckets that the account may use."""
    access: Literal["read", "write"] = "read"
    """Rights: `read`; or `write`, which is read, write and delete."""
    namespace: ResourceName
    """Namespace of the Secret."""


class Storage(Part):
    """The object store. It exists if a host has the role `storage`."""

    engine: Literal["minio"] = "minio"
    """Program of the object store. MinIO's publisher archived it in 2026 and withdrew its images. The default image is
    a build by others. S3 clients can copy the data to another store."""
    image: ImageName | None = None
    """Container image. None: the image that this program was tested with."""
    size_gb: int = Field(default=20, ge=1, le=100000)
    """Size of the store. It must fit on the host's volume."""
    memory_mb: int = Field(default=1024, ge=256, le=1048576)
    """Memory limit of the server."""
    host_name: HostLabel | None = "s3"
    """Host name of S3: a label before edge.domain. None: S3 is available within the cluster only."""
    console_host_name: HostLabel | None = "s3-console"
    """Host name of the console: a label before edge.domain. None: no console."""
    buckets: dict[BucketName, Bucket] = Field(default_factory=dict)
    """Buckets by name."""
    accounts: dict[ResourceName, Account] = Field(default_factory=dict)
    """Accounts by name."""
