"""What exists in the lab's Oracle cloud: resources by OCID, in one file of the lab's folder."""

import json
import secrets
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.lock import locked
from lab.providers.stand_in import Values

DEFAULT_REGION = "lab-region-1"
ID_LENGTH = 60
HIDDEN = "_"
"""What a record's own entries start with, which are no outputs."""

Records = dict[str, Values]


class CloudError(RuntimeError):
    """Oracle would have refused: what, its error code, what to do."""


class Cloud:
    """Resources by OCID: each record has all outputs, `_type` (as in its OCID), and more that starts with _."""

    def __init__(self, folder: Path, region: str = DEFAULT_REGION) -> None:
        """`folder` is made when it is first needed."""
        self._file = folder / "resources.json"
        self.region = region

    @contextmanager
    def changing(self) -> Iterator[Records]:
        """All records, for one caller at a time; what is changed in them is kept unless the block raises."""
        with locked(self._file.with_suffix(".lock")):
            records = self.records()
            yield records
            draft = self._file.with_suffix(".draft")
            draft.touch(mode=0o600)  # user data holds keys
            draft.write_text(json.dumps(records, indent=1))
            draft.rename(self._file)

    @contextmanager
    def renewing_filters(self) -> Iterator[None]:
        """For one caller at a time: whoever comes later sees the newer records, and so has the last word."""
        with locked(self._file.with_name("filters.lock")):
            yield

    def records(self) -> Records:
        """All records as they are now, for looking only."""
        return dict(json.loads(self._file.read_text())) if self._file.exists() else {}

    def record(self, ocid: str) -> Values | None:
        """One record as it is now, or None."""
        return self.records().get(ocid)

    def new_id(self, kind: str) -> str:
        """An OCID for a new resource of this type."""
        unique = "".join(secrets.choice(string.ascii_lowercase + "234567") for _ in range(ID_LENGTH))
        return f"ocid1.{kind}.oc1.{self.region}.{unique}"


def of_type(records: Records, kind: str, fits: Callable[[Values], bool] = lambda record: True) -> list[Values]:
    """Records of a type for which `fits` holds, oldest first."""
    return [record for record in records.values() if record["_type"] == kind and fits(record)]


def required(records: Records, kind: str, ocid: Any, wanted_for: str) -> Values:
    """The record of that type and id. Raises CloudError as Oracle does for one that is not there, or not yours."""
    record = records.get(ocid) if isinstance(ocid, str) else None
    if record is None or record["_type"] != kind:
        raise CloudError(f"{wanted_for}: 404-NotAuthorizedOrNotFound: there is no {kind} {ocid}")
    return record


def outputs_of(record: Values) -> Values:
    """The outputs in a record."""
    return {name: value for name, value in record.items() if not name.startswith(HIDDEN)}


def now() -> str:
    """This moment as the published provider writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " +0000 UTC"
