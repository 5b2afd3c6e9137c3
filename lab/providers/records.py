"""What a stand-in's cloud holds: records by id in one file of the lab's folder, safe for many callers and for kills."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.files import replace
from lab.lock import locked
from lab.providers.stand_in import Values

HIDDEN = "_"
"""What a record's own entries start with, which are no outputs."""

Records = dict[str, Values]


class Store:
    """One JSON file. Whoever changes it has it alone; whoever looks sees the last whole change."""

    def __init__(self, folder: Path, name: str = "resources.json") -> None:
        """`folder` is made when it is first needed. `name`: of the file in it."""
        self._file = folder / name

    @contextmanager
    def changing(self) -> Iterator[Records]:
        """All records, for one caller at a time; what is changed in them is kept unless the block raises."""
        with locked(self._file.with_suffix(".lock")):
            records = self.records()
            yield records
            replace(self._file, json.dumps(records, indent=1))  # its owner's only: user data holds keys

    @contextmanager
    def alone(self, task: str) -> Iterator[None]:
        """One caller at a time for a task that follows the records: whoever comes later sees newer ones."""
        with locked(self._file.with_name(f"{task}.lock")):
            yield

    def records(self) -> Records:
        """All records as they are now, for looking only."""
        return dict(json.loads(self._file.read_text())) if self._file.exists() else {}


def of_type(records: Records, kind: str, fits: Callable[[Values], bool] = lambda record: True) -> list[Values]:
    """Records of a type (`_type`) for which `fits` holds, oldest first."""
    return [record for record in records.values() if record["_type"] == kind and fits(record)]


def outputs_of(record: Values) -> Values:
    """The outputs in a record."""
    return {name: value for name, value in record.items() if not name.startswith(HIDDEN)}
