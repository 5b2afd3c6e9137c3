"""Which process is ours: its number alone is not enough, as numbers are given again. Number and start time are."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from lab.files import replace


@dataclass(frozen=True)
class Process:
    """A process by number and start (clock ticks since the machine's boot, field 22 of /proc/PID/stat)."""

    pid: int
    start: int

    def running(self) -> bool:
        """Whether this very process is there and not merely waiting to be reaped."""
        fields = _stat(self.pid)
        return fields is not None and fields[0] not in ("Z", "X") and int(fields[19]) == self.start

    def send(self, number: int) -> None:
        """Send a signal to this very process, if it still runs."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.running():
                signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            pass
        finally:
            os.close(descriptor)

    def ended_within(self, seconds: float) -> bool:
        """Wait until it has ended, at most so long; whether it has."""
        deadline = time.monotonic() + seconds
        while self.running():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def find_process(pid: int) -> Process | None:
    """The process that has this number now."""
    fields = _stat(pid)
    return Process(pid, int(fields[19])) if fields else None


def read_process(file: Path) -> Process | None:
    """The process recorded in a file as `PID START`; None if the file is missing or not yet whole."""
    try:
        pid, start = file.read_text().split()
    except (FileNotFoundError, ValueError):
        return None
    return Process(int(pid), int(start))


def write_process(file: Path, process: Process) -> None:
    """Record a process for read_process."""
    replace(file, f"{process.pid} {process.start}\n")


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from the third (the state) on; the second may hold anything, in brackets."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
