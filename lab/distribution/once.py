"""Things that are built once and kept in the cache. An existing folder is complete. The oldest ones are removed."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from lab.distribution.locks import holding

VARIANTS_KEPT = 3
"""How many variants of one thing stay in the cache. Clones may need different ones. Older ones are leftovers."""

PARTIAL = ".partial"
"""End of the name of an incomplete folder: a process is filling it, or was killed."""


def make_once(finished: Path, make: Callable[[Path], None], stopped: threading.Event) -> bool:
    """Lets `make` fill a folder, and renames it to `finished`. Returns False if `finished` existed already.

    Waits while another process makes it. If `make` raises, nothing stays. Raises StoppedError when `stopped` is set
    during the wait.
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
    """Records that the folder is in use, for `keep_latest`."""
    os.utime(folder)


def keep_latest(folders: Iterable[Path]) -> None:
    """Removes variants of one thing. Keeps those that were used last."""
    finished = [folder for folder in folders if folder.suffix != PARTIAL]
    for folder in sorted(finished, key=lambda folder: folder.stat().st_mtime, reverse=True)[VARIANTS_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
