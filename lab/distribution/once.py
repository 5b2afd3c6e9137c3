"""Things that are made once and kept in the cache: a folder that is there is whole, and the oldest ones go."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from lab.distribution.locks import holding

VARIANTS_KEPT = 3
"""Variants of one thing that stay in the cache: clones may differ, more are leftovers of development."""

PARTIAL = ".partial"
"""Ends the name of a folder that is being made, or that a killed process left."""


def make_once(finished: Path, make: Callable[[Path], None], stopped: threading.Event) -> bool:
    """Has `make` fill a folder beside `finished`, which then becomes `finished` in one step. False if it was there.

    When another process is making it, waits for that one. If `make` raises, nothing stays. Raises StoppedError when
    `stopped` is set before it is this one's turn.
    """
    if finished.is_dir():
        return False
    partial = finished.with_name(finished.name + PARTIAL)
    with holding(finished.with_name(f".{finished.name}.lock"), stopped):
        if finished.is_dir():
            return False
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            make(partial)
            partial.rename(finished)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return True


def used(folder: Path) -> None:
    """Notes that the folder is in use, for `keep_latest`."""
    os.utime(folder)


def keep_latest(folders: Iterable[Path]) -> None:
    """Of these variants of one thing, removes all but those that were used last."""
    finished = [folder for folder in folders if folder.suffix != PARTIAL]
    for folder in sorted(finished, key=lambda folder: folder.stat().st_mtime, reverse=True)[VARIANTS_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
