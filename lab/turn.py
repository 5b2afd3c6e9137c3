"""Who may change a lab now: one command at a time, and the engine that a killed command has left."""

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
"""How long the engine of a killed command gets to end in order."""


class BusyError(Exception):
    """Another command is changing this lab: one line with which, and what to do."""


@dataclass(frozen=True)
class Turn:
    """The right to change a lab. The engine gets `descriptor` too, so that the turn ends with the last of the two."""

    descriptor: int


@contextmanager
def turn(lab: Lab, report: Report) -> Iterator[Turn]:
    """Have the turn for the block. Raises BusyError while another command that is alive has it.

    Where a command was killed, its engine is given ORPHAN_SECONDS to stop, and then ended.
    """
    path = lab.root / "turn"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _taken(descriptor):
            _wait_for_orphan(lab, descriptor, path, report)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(_me()).encode(), 0)
        yield Turn(descriptor)
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
