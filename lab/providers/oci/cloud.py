"""What exists in the lab's Oracle cloud: resources by OCID, in one file of the lab's folder."""

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
    """Oracle would have refused: what, its error code, what to do."""


class Cloud(Store):
    """Resources by OCID: each record has all outputs, `_type` (as in its OCID), and more that starts with _."""

    def __init__(self, folder: Path, region: str = DEFAULT_REGION) -> None:
        """`folder` is made when it is first needed."""
        super().__init__(folder)
        self.folder = folder
        self.region = region

    def record(self, ocid: str) -> Values | None:
        """One record as it is now, or None."""
        return self.records().get(ocid)

    def new_id(self, kind: str) -> str:
        """An OCID for a new resource of this type."""
        unique = "".join(secrets.choice(string.ascii_lowercase + "234567") for _ in range(ID_LENGTH))
        return f"ocid1.{kind}.oc1.{self.region}.{unique}"


def required(records: Records, kind: str, ocid: Any, wanted_for: str) -> Values:
    """The record of that type and id. Raises CloudError as Oracle does for one that is not there, or not yours."""
    record = records.get(ocid) if isinstance(ocid, str) else None
    if record is None or record["_type"] != kind:
        raise CloudError(f"{wanted_for}: 404-NotAuthorizedOrNotFound: there is no {kind} {ocid}")
    return record


def now() -> str:
    """This moment as the published provider writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " +0000 UTC"
