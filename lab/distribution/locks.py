"""Locks for builds: file locks, so that two clones never build the same thing at once, and turns within a process."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

POLL = 0.2
"""Seconds between two tries. `stopped` could not interrupt a blocking wait in the kernel."""


class StoppedError(RuntimeError):
    """`build.stop_builds` has cancelled a build or a wait."""


@contextmanager
def holding(path: Path, stopped: threading.Event, *, shared: bool = False) -> Iterator[IO[bytes]]:
    """Holds the lock `path` during the block. Creates the file if it is missing. Several can hold a shared lock.

    Raises StoppedError when `stopped` is set before the lock is free.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        while not try_lock(file, shared=shared):
            if stopped.wait(POLL):
                raise StoppedError(f"stopped while another process held {path}")
        yield file


def try_lock(file: IO[bytes], *, shared: bool = False) -> bool:
    """Takes the lock, or converts a held one to this kind. Fails if another holder prevents it."""
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Turns:
    """Lets a limited number of callers in at a time. Those with the lowest number come first."""

    def __init__(self, places: int) -> None:
        self._changed = threading.Condition()
        self._waiting: list[int] = []
        self._free = places

    @property
    def waiting(self) -> int:
        """How many callers wait for their turn."""
        return len(self._waiting)

    @contextmanager
    def turn(self, number: int, stopped: threading.Event) -> Iterator[None]:
        """Waits until a place is free and no caller with a lower number waits. Raises StoppedError, like `holding`."""
        with self._changed:
            self._waiting.append(number)
            try:
                while (not self._free or min(self._waiting) < number) and not stopped.is_set():
                    self._changed.wait(POLL)
            finally:
                self._waiting.remove(number)
                self._changed.notify_all()
            if stopped.is_set():
                raise StoppedError("stopped while other builds had their turn")
            self._free -= 1
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()
