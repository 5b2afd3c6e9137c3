"""The lock of a lab: one command at a time may change it, or the engine that a killed command left."""

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.engine.recovery import engine_processes
from lab.engine.workspace import Workspace
from lab.hosts.process import Process, find_process
from lab.hosts.teardown import end_processes
from lab.lab import Lab
from lab.progress import Report

ORPHAN_SECONDS = 45
"""Seconds for the engine of a killed command to end in order."""


class BusyError(Exception):
    """Another command is changing this lab. The message is one line with its name and what to do."""


@dataclass(frozen=True)
class LabLock:
    """The held lock of a lab. The engine inherits `descriptor`, so it holds the lock, too."""

    descriptor: int


@contextmanager
def lab_lock(lab: Lab, report: Report) -> Iterator[LabLock]:
    """Holds the lock for the block. Raises BusyError while a running command has it.

    If that command was killed, its engine gets ORPHAN_SECONDS to stop, and is killed then.
    """
    path = lab.root / "changing"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _taken(descriptor):
            _wait_for_orphan(lab, descriptor, path, report)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(_me()).encode(), 0)
        yield LabLock(descriptor)
    finally:
        os.close(descriptor)


def _wait_for_orphan(lab: Lab, descriptor: int, path: Path, report: Report) -> None:
    _refuse_if_alive(lab, path)
    with report.begin("engine", "waiting for an interrupted run to stop") as task:
        deadline = time.monotonic() + ORPHAN_SECONDS
        while not _taken(descriptor):
            _refuse_if_alive(lab, path)
            if time.monotonic() > deadline:
                end_processes(engine_processes(Workspace(lab)))
                deadline = time.monotonic() + ORPHAN_SECONDS
            time.sleep(0.1)
        task.done("an interrupted run has stopped")


def _refuse_if_alive(lab: Lab, path: Path) -> None:
    try:
        holder = json.loads(path.read_text())
    except ValueError:
        return
    if Process(holder["pid"], holder["start"]).running():
        raise BusyError(
            f"lab {lab.name} is being changed by process {holder['pid']} ({holder['command']}): wait for it, or stop it"
        )


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _me() -> dict[str, object]:
    me = find_process(os.getpid())
    return {"pid": os.getpid(), "start": me.start if me else 0, "command": " ".join(["bin/lab", *sys.argv[1:2]])}
