"""A number alone does not make a process ours."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.hosts.process import Process, find_process, read_process, write_process


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def test_a_process_runs_until_it_has_ended(sleeper: subprocess.Popen[bytes]) -> None:
    process = find_process(sleeper.pid)
    assert process is not None
    assert process.running()
    process.send(signal.SIGTERM)
    assert process.ended_within(5)
    assert sleeper.wait() == -signal.SIGTERM
    assert find_process(sleeper.pid) is None


def test_another_process_of_that_number_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    process = find_process(sleeper.pid)
    assert process is not None
    earlier = Process(process.pid, process.start - 1)
    assert not earlier.running()
    earlier.send(signal.SIGKILL)
    assert not process.ended_within(0.1)


def test_a_process_waiting_to_be_reaped_has_ended(sleeper: subprocess.Popen[bytes]) -> None:
    process = find_process(sleeper.pid)
    assert process is not None
    sleeper.kill()
    assert process.ended_within(5)
    process.send(signal.SIGKILL)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "init"
    assert read_process(file) is None
    file.touch()
    assert read_process(file) is None
    write_process(file, Process(12, 3456))
    assert file.read_text() == "12 3456\n"
    assert read_process(file) == Process(12, 3456)
