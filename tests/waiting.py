"""Waits for what other processes and threads do."""

import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_SECONDS = 60
"""Far more than anything here takes, however busy the machine: only what never happens fails."""


def until(what: str, happened: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something has happened. Raises AssertionError that says what, when it does not."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.02)


def meeting(folder: Path, count: int) -> str:
    """A shell command that ends well once it runs so many times at once; `folder` is for those that meet alone."""
    look = f"until [ $(ls {folder} | wc -l) = {count} ]; do sleep 0.2; done"
    return f"touch {folder}/$$; timeout {PATIENCE_SECONDS} sh -c '{look}'"
