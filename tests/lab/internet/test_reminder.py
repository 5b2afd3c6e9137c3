"""Everyone is reminded some seconds after a device has come, and only then."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.hosts.process import find_process
from lab.internet.reminder import JOINED, PAUSES, Reminder

HEADSCALE = """
import signal, sys
signal.signal(signal.SIGHUP, lambda *_: print("reloaded", flush=True))
print("ready", flush=True)
while True:
    signal.pause()
"""


@pytest.fixture
def headscale(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that says when it gets a SIGHUP, and its record."""
    process = subprocess.Popen([sys.executable, "-c", HEADSCALE], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()
    found = find_process(process.pid)
    assert found
    (tmp_path / "headscale.json").write_text(json.dumps({"pid": found.pid, "start": found.start}))
    yield process
    process.kill()
    process.wait()


def reloads(headscale: subprocess.Popen[str]) -> int:
    """How often it was reminded, told at its end."""
    headscale.terminate()
    assert headscale.stdout
    return len(headscale.stdout.readlines())


def test_each_time_after_a_device_has_come(tmp_path: Path, headscale: subprocess.Popen[str]) -> None:
    log = tmp_path / "headscale.log"
    reminder = Reminder(log, tmp_path / "headscale.json")
    reminder.look(0.0)
    log.write_bytes(b"INF " + JOINED + b" node.id=2\n")
    reminder.look(1.0)
    assert headscale.stdout
    for pause in PAUSES:
        reminder.look(1.0 + pause)
        assert headscale.stdout.readline() == "reloaded\n"
        reminder.look(1.1 + pause)
    assert reloads(headscale) == 0


def test_devices_that_come_one_after_the_other_are_one_occasion(
    tmp_path: Path, headscale: subprocess.Popen[str]
) -> None:
    log = tmp_path / "headscale.log"
    reminder = Reminder(log, tmp_path / "headscale.json")
    for second in range(3):
        with log.open("ab") as file:
            file.write(JOINED + b"\n")
        reminder.look(float(second))
    reminder.look(3.0)
    assert reloads(headscale) == 0, "reminded before everyone was there"


def test_other_lines_and_a_headscale_that_is_gone_do_nothing(tmp_path: Path) -> None:
    (tmp_path / "headscale.log").write_text("INF listening\n")
    reminder = Reminder(tmp_path / "headscale.log", tmp_path / "headscale.json")
    reminder.look(0.0)
    (tmp_path / "headscale.log").write_bytes(JOINED)
    reminder.look(1.0)
    reminder.look(9.0)
    (tmp_path / "headscale.json").write_text(json.dumps({"pid": 1, "start": 1}))
    reminder.look(20.0)
