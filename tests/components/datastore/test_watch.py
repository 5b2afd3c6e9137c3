"""A member is restarted when it has left the cluster for good, and only then."""

import subprocess
import time
from collections.abc import Iterator

import pytest

from components.datastore.member import watch


class EndOfTestError(Exception):
    """No more answers."""


def restarts(monkeypatch: pytest.MonkeyPatch, *answers: str) -> int:
    """How often the server is restarted, when it gives these answers one after another."""
    remaining: Iterator[str] = iter(answers)
    found = 0

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        nonlocal found
        if command[0] == "systemctl":
            assert "--job-mode=fail" in command
            found += 1
            return subprocess.CompletedProcess(command, 0)
        answer = next(remaining, None)
        if answer is None:
            raise EndOfTestError
        if answer == "late":
            raise subprocess.TimeoutExpired(command, 5)
        return subprocess.CompletedProcess(command, 0, stdout=f"wsrep_connected\t{answer}\n" if answer else "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(EndOfTestError):
        watch.main()
    return found


def test_one_that_stays_outside_is_restarted_once_for_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert restarts(monkeypatch, "ON", "OFF", "OFF", "OFF", "", "OFF", "ON") == 1


@pytest.mark.parametrize("answer", ["ON", "", "late"])
def test_one_that_is_in_or_starts_or_hangs_is_left_alone(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    assert restarts(monkeypatch, "OFF", "OFF", answer, "OFF", "OFF") == 0
