"""A member is restarted when it can't be of use by itself any more, and only then."""

import subprocess
import time
from collections.abc import Iterator

import pytest

from components.datastore.member import watch

SOUND, OUTSIDE, STUCK = ("ON", "4", "1"), ("OFF", "0", "0"), ("ON", "4", "0")
NAMES = ("wsrep_connected", "wsrep_local_state", "wsrep_applier_thread_count")
Answer = tuple[str, ...]
"""Of the server, one for each name; none at all; or too late."""
STARTS: Answer = ()
HANGS: Answer = ("late",)


class EndOfTestError(Exception):
    """No more answers."""


def orders(monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> list[str]:
    """What systemd is told, when the server gives these answers one after another."""
    remaining: Iterator[Answer] = iter(answers)
    found = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        if command[0] == "systemctl":
            found.append(" ".join(command[1:]))
            return subprocess.CompletedProcess(command, 0)
        answer = next(remaining, None)
        if answer is None:
            raise EndOfTestError
        if answer == HANGS:
            raise subprocess.TimeoutExpired(command, 5)
        lines = [f"{name}\t{value}\n" for name, value in zip(NAMES, answer, strict=False)]
        return subprocess.CompletedProcess(command, 0, stdout="".join(lines))

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(EndOfTestError):
        watch.main()
    return found


def test_one_that_stays_outside_is_restarted_once_for_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    given = orders(monkeypatch, SOUND, OUTSIDE, OUTSIDE, OUTSIDE, STARTS, OUTSIDE, SOUND)
    assert given == ["--job-mode=fail --no-block try-restart mariadb.service"]


def test_one_that_applies_no_writes_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    given = orders(monkeypatch, SOUND, STUCK, STUCK, STUCK, STARTS, STUCK, SOUND)
    assert given == ["kill --signal=KILL mariadb.service"]


@pytest.mark.parametrize("fault", [OUTSIDE, STUCK], ids=["outside", "stuck"])
@pytest.mark.parametrize("answer", [SOUND, STARTS, HANGS], ids=["is in", "starts", "hangs"])
def test_one_that_changes_meanwhile_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, fault: Answer, answer: Answer
) -> None:
    assert orders(monkeypatch, fault, fault, answer, fault, fault) == []


def test_one_fault_after_the_other_is_not_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    assert orders(monkeypatch, OUTSIDE, OUTSIDE, STUCK, STUCK, OUTSIDE, OUTSIDE) == []


def test_one_that_gets_its_first_copy_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    joining = ("ON", "1", "0")
    assert orders(monkeypatch, *[joining] * 9) == []


def test_an_older_server_that_does_not_tell_of_its_threads_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert orders(monkeypatch, *[("ON", "4")] * 9) == []
