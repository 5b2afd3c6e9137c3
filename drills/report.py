"""What drills have shown: a table for people, JSON for programs, a picture for the documentation."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table
from rich.text import Text

from bench.chart import RESULTS, Bar, draw
from drills.drill import Result

COLUMNS = {
    "rounds": "times",
    "gap": "s without a write",
    "well": "s until well",
    "answered": "answered",
    "lost": "lost",
    "lost_unread": "lost, not read back",
    "appeared": "refused, but there",
    "unseen": "not seen by a watch",
    "backwards": "revisions back",
}
HARM = {
    "galera": {"lost", "unseen", "backwards"},
    "etcd": {"lost", "lost_unread", "unseen", "backwards"},
}
"""By kind of datastore: what must not be. With Galera, a write that nobody has read back may be lost: see README.md."""


def harm_in(kind: str, result: Result) -> set[str]:
    """The columns with a number that must be 0."""
    return {key for key, value in asdict(result).items() if key in HARM[kind] and value}


def table(kind: str, results: Sequence[Result]) -> Table:
    """One line for each failure. What must not be is red."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("failure", no_wrap=True)
    for title in COLUMNS.values():
        shown.add_column(title, justify="right")
    for result in results:
        values, harm = asdict(result), harm_in(kind, result)
        cells = [Text(str(values[key]), "red" if key in harm else "") for key in COLUMNS]
        shown.add_row(Text(result.failure, "bold red" if harm else ""), *cells)
    return shown


def write(kind: str, results: Sequence[Result]) -> list[Path]:
    """Write `bench/results/drills-KIND.json` and the picture beside it."""
    file = RESULTS / f"drills-{kind}.json"
    RESULTS.mkdir(exist_ok=True)
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    file.write_text(
        json.dumps({"day": day, "datastore": kind, "drills": [asdict(each) for each in results]}, indent=2) + "\n"
    )
    bars = [Bar(each.failure, each.gap, f"{each.gap:.1f} s, well after {each.well:.0f} s") for each in results]
    note = f"{kind}; the longest pause of writes through the API, of which 20 a second were tried"
    return [file, draw(f"drills-{kind}", "Writes pause when something fails", bars, note)]
