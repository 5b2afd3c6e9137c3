"""One command at a time changes a lab; what a killed one left is waited for."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.hosts.process import find_process
from lab.lab import Lab
from lab.lab_lock import BusyError, lab_lock
from lab.progress import Silence

# Holds the file's lock until its stdin ends, as an engine does for its command.
HOLDER = (
    "import fcntl, os, sys; fcntl.flock(int(sys.argv[1]), fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A lab's folder."""
    return Lab("test", tmp_path)


def test_turns_follow_each_other(lab: Lab) -> None:
    for _ in range(2):
        with lab_lock(lab, Silence()):
            assert json.loads((lab.root / "changing").read_text())["pid"] == os.getpid()


def test_a_second_command_is_refused_and_told_who_has_the_turn(lab: Lab) -> None:
    with (
        lab_lock(lab, Silence()),
        pytest.raises(BusyError, match=rf"lab test is being changed by process {os.getpid()} \(bin/lab.*\)"),
        lab_lock(lab, Silence()),
    ):
        pytest.fail("two commands have the lock")


def test_the_engine_of_a_killed_command_is_waited_for(lab: Lab) -> None:
    with (lab.root / "changing").open("w") as file:
        engine = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(file.fileno())],
            pass_fds=[file.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert engine.stdout
        engine.stdout.readline()
        file.write(json.dumps({"pid": 2**22 + 1, "start": 1, "command": "bin/lab up"}))
    assert engine.stdin
    engine.stdin.close()
    with lab_lock(lab, Silence()):
        assert engine.wait(timeout=10) == 0


def test_who_holds_the_descriptor_keeps_the_turn_when_the_command_ends(lab: Lab) -> None:
    with lab_lock(lab, Silence()) as mine:
        kept = os.dup(mine.descriptor)
    with (lab.root / "changing").open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(kept)


def test_a_process_that_has_the_number_of_a_holder_that_is_gone_is_not_taken_for_it(lab: Lab) -> None:
    me = find_process(os.getpid())
    assert me
    (lab.root / "changing").write_text(json.dumps({"pid": me.pid, "start": me.start - 1, "command": "bin/lab up"}))
    with lab_lock(lab, Silence()):
        pass
