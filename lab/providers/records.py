"""The database of a stand-in's cloud: records by ID, in one JSON file. Safe for concurrent callers and for kills."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.files import replace
from lab.lock import locked
from lab.providers.stand_in import Values

HIDDEN = "_"
"""Entries of a record that start with this are internal, not outputs."""

Records = dict[str, Values]


class Store:
    """One JSON file. Writers take a lock. Readers see the last complete change."""

    def __init__(self, folder: Path, name: str = "resources.json") -> None:
        """`folder` is created when it is first needed. `name`: the file's name in it."""
        self._file = folder / name

    @contextmanager
    def changing(self) -> Iterator[Records]:
        """All records, locked for one caller at a time. Saves changes to them, unless the block raises."""
        with locked(self._file.with_suffix(".lock")):
            records = self.records()
            yield records
            replace(self._file, json.dumps(records, indent=1))  # readable for its owner only: user data holds keys

    @contextmanager
    def alone(self, task: str) -> Iterator[None]:
        """A lock for a task that applies the records. So the last caller applies the newest records."""
        with locked(self._file.with_name(f"{task}.lock")):
            yield

    def records(self) -> Records:
        """All current records, for reading only."""
        return dict(json.loads(self._file.read_text())) if self._file.exists() else {}


def of_type(records: Records, kind: str, fits: Callable[[Values], bool] = lambda record: True) -> list[Values]:
    """Records of a type (`_type`) for which `fits` holds, oldest first."""
    return [record for record in records.values() if record["_type"] == kind and fits(record)]


def outputs_of(record: Values) -> Values:
    """The outputs in a record."""
    return {name: value for name, value in record.items() if not name.startswith(HIDDEN)}
