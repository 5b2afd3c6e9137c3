"""The resources of the lab's Oracle cloud, by OCID, in one file of the lab's folder."""

import secrets
import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.providers.records import Records, Store, of_type, outputs_of
from lab.providers.stand_in import Values

DEFAULT_REGION = "lab-region-1"
ID_LENGTH = 60

__all__ = ["Cloud", "CloudError", "Records", "now", "of_type", "outputs_of", "required"]


class CloudError(RuntimeError):
    """Oracle would refuse this. The message has the resource, Oracle's error code, and what to do."""


class Cloud(Store):
    """Resources by OCID. A record has all outputs, its `_type` (as in its OCID), and other entries starting with _."""

    def __init__(self, folder: Path, region: str = DEFAULT_REGION) -> None:
        """`folder` is created when it is first needed."""
        super().__init__(folder)
        self.folder = folder
        self.region = region

    def record(self, ocid: str) -> Values | None:
        """One current record, or None."""
        return self.records().get(ocid)

    def new_id(self, kind: str) -> str:
        """An OCID for a new resource of this type."""
        unique = "".join(secrets.choice(string.ascii_lowercase + "234567") for _ in range(ID_LENGTH))
        return f"ocid1.{kind}.oc1.{self.region}.{unique}"


def required(records: Records, kind: str, ocid: Any, wanted_for: str) -> Values:
    """The record with that type and ID. Raises CloudError if there is none, with Oracle's error."""
    record = records.get(ocid) if isinstance(ocid, str) else None
    if record is None or record["_type"] != kind:
        raise CloudError(f"{wanted_for}: 404-NotAuthorizedOrNotFound: there is no {kind} {ocid}")
    return record


def now() -> str:
    """The current time in the published provider's format."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " +0000 UTC"
