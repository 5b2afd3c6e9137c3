"""A member is ended when it can't be of use by itself any more, or holds up the others, and only then."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from components.datastore.galera.member import start, watch
from components.datastore.galera.member.watch import (
    FROZEN,
    FULL,
    FULL_BYTES,
    OUTSIDE,
    STUCK,
    Asked,
    Fault,
    Look,
    Patience,
)
from tests.waiting import until

RESTART = ["restart"]
KILL = ["kill"]
NAMES = ("wsrep_connected", "wsrep_local_state", "wsrep_applier_thread_count", "wsrep_last_committed")


def look(*values: str, free: int | None = FULL_BYTES) -> Look:
    """The server's answer, a value for each name; none: it takes no connection."""
    return Look(dict(zip(NAMES, values, strict=False)), free)


SOUND, IS_OUTSIDE, IS_STUCK = look("ON", "4", "1", "7"), look("OFF", "0", "0", "7"), look("ON", "4", "0", "7")
IS_FULL = look("ON", "4", "1", "7", free=FULL_BYTES - 1)
STARTS, HANGS, RESTS = look(), Look(None, FULL_BYTES), look("ON", "4", "1", "7", free=None)
IS_FROZEN = Look(None, None)


def ended(looks: Sequence[Look], *, place: int = 0, stands_in: bool = True) -> list[str]:
    """How the server is ended, when these are the looks one after another."""
    patience = Patience()
    due = [patience.due(look, place, lambda: stands_in) for look in looks]
    return ["kill" if fault.kills else "restart" for fault in due if fault]


def test_one_that_stays_outside_is_restarted_once_for_each_time() -> None:
    looks = [SOUND, IS_OUTSIDE, IS_OUTSIDE, IS_OUTSIDE, STARTS, IS_OUTSIDE, SOUND]
    assert ended(looks, stands_in=False) == RESTART


def test_one_that_applies_no_writes_is_killed() -> None:
    assert ended([SOUND, IS_STUCK, IS_STUCK, IS_STUCK, STARTS, IS_STUCK, SOUND], stands_in=False) == KILL


def test_one_with_a_full_disk_leaves() -> None:
    assert ended([SOUND, IS_FULL, IS_FULL, IS_FULL, STARTS, STARTS]) == RESTART


@pytest.mark.parametrize("frozen", [IS_FROZEN, RESTS], ids=["answers nothing", "commits nothing"])
def test_one_with_a_frozen_disk_is_killed(frozen: Look) -> None:
    assert ended([SOUND, frozen, frozen, frozen, HANGS]) == KILL


@pytest.mark.parametrize("fault", [IS_FULL, IS_FROZEN], ids=["full", "frozen"])
def test_it_stays_while_no_other_can_take_its_place(fault: Look) -> None:
    assert ended([SOUND, *[fault] * 9], stands_in=False) == []


def test_of_several_with_full_disks_one_leaves_after_another() -> None:
    assert ended([SOUND, *[IS_FULL] * 4], place=2) == []
    assert ended([SOUND, *[IS_FULL] * 5], place=2) == RESTART


def test_a_slow_disk_is_not_frozen_while_there_are_commits() -> None:
    looks = [look("ON", "4", "1", str(number), free=None) for number in range(9)]
    assert ended(looks) == []


@pytest.mark.parametrize("state", ["1", "2", "3"], ids=["gets its copy", "gives a copy", "catches up"])
def test_a_slow_disk_of_one_that_copies_is_not_frozen(state: str) -> None:
    copying = look("ON", state, "1", "7", free=None)
    assert ended([copying, *[copying] * 4, *[IS_FROZEN] * 4]) == []


def test_one_that_came_up_just_before_its_disk_froze_is_killed_too() -> None:
    assert ended([SOUND, IS_FULL, IS_FULL, IS_FULL, STARTS, *[IS_FROZEN] * 3, STARTS]) == [*RESTART, *KILL]


def test_one_that_starts_or_stops_while_its_disk_is_slow_is_left_alone() -> None:
    assert ended([SOUND, *[look(free=None)] * 9]) == []


@pytest.mark.parametrize("fault", [IS_OUTSIDE, IS_STUCK, IS_FULL], ids=["outside", "stuck", "full"])
@pytest.mark.parametrize("answer", [SOUND, STARTS, HANGS], ids=["is in", "starts", "hangs"])
def test_one_that_changes_meanwhile_is_left_alone(fault: Look, answer: Look) -> None:
    assert ended([fault, fault, answer, fault, fault]) == []


def test_one_fault_after_the_other_is_not_the_same() -> None:
    looks = [IS_OUTSIDE, IS_OUTSIDE, IS_STUCK, IS_STUCK, IS_OUTSIDE, IS_OUTSIDE]
    assert ended(looks) == []


def test_one_that_gets_its_first_copy_is_left_alone() -> None:
    assert ended([look("ON", "1", "0", "7", free=0)] * 9) == []


def test_an_older_server_that_does_not_tell_of_its_threads_is_left_alone() -> None:
    assert ended([look("ON", "4")] * 9) == []


def test_the_server_is_asked_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert all(name in command[-1] for name in NAMES)
        return subprocess.CompletedProcess(command, 0, stderr="", stdout="wsrep_connected\tON\nwsrep_local_state\t4\n")

    monkeypatch.setattr(subprocess, "run", run)
    assert watch.ask_server() == {"wsrep_connected": "ON", "wsrep_local_state": "4"}


def test_a_server_that_is_silent_is_told_from_one_that_takes_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(command: list[str], **_: object) -> None:
        raise subprocess.TimeoutExpired(command, 5)

    monkeypatch.setattr(watch, "QUESTION", ["false"])
    assert watch.ask_server() == {}
    monkeypatch.setattr(watch, "QUESTION", ["sh", "-c", """echo "ERROR 2013 (HY000): Lost connection" >&2; exit 1"""])
    assert watch.ask_server() is None
    monkeypatch.setattr(subprocess, "run", hang)
    assert watch.ask_server() is None


def test_an_answer_that_is_overdue_counts_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()
    asked = Asked(lambda: held.wait() or 1, 2)
    asked.start()
    assert asked.answer() == 2
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 2 * watch.LOOK_SECONDS)
    assert asked.answer() is None
    held.set()
    until("the answer", lambda: asked.answer() == 1)


def test_the_disk_is_written_to_and_nothing_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    synced: list[int] = []
    monkeypatch.setattr(watch, "DATA", tmp_path)
    monkeypatch.setattr(os, "fsync", synced.append)
    disk = os.statvfs(tmp_path)
    assert watch.ask_disk() == pytest.approx(disk.f_bavail * disk.f_frsize, rel=0.5)
    assert len(synced) == 1
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(watch, "DATA", tmp_path / "gone")
    assert watch.ask_disk() == FULL_BYTES


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MEMBER=b\nMEMBERS=a=192.0.2.1,b=192.0.2.2,c=192.0.2.3\n", (1, ("192.0.2.1", "192.0.2.3"))),
        ("MEMBER=a\nMEMBERS=a=192.0.2.1\n", (0, ())),
        ("", (0, ())),
    ],
)
def test_the_members_are_those_that_it_started_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, found: tuple[int, tuple[str, ...]]
) -> None:
    monkeypatch.setattr(watch, "MEMBERS", tmp_path / "members")
    (tmp_path / "members").write_text(text)
    assert watch.read_members() == found


class Health(BaseHTTPRequestHandler):
    """Another member's health service."""

    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def test_another_can_take_its_place_if_its_health_service_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(watch, "HEALTH_PORT", server.server_port)
        assert watch.has_stand_in(("127.0.0.2", "127.0.0.1"))
        monkeypatch.setattr(Health, "status", 503)
        assert not watch.has_stand_in(("127.0.0.2", "127.0.0.1"))
        server.shutdown()


def test_only_the_service_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    groups = {1: "init.scope", 20: "system.slice/mariadb.service", 21: "system.slice/mariadb.service", 30: "kubepods/x"}
    names = {1: "systemd", 20: "mariadbd", 21: "wsrep_sst", 30: "mariadbd"}
    for number, group in groups.items():
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "comm").write_text(f"{names[number]}\n")
        (tmp_path / str(number) / "cgroup").write_text(f"0::/{group}\n")
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(watch, "PROCESSES", tmp_path)
    monkeypatch.setattr(os, "kill", lambda *order: killed.append(order))
    watch.end(FROZEN)
    assert killed == [(20, signal.SIGKILL)]


@pytest.mark.parametrize("fault", [OUTSIDE, FULL])
def test_a_restart_gives_way_to_an_order_of_before(monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    ordered: list[str] = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: ordered.append(" ".join(command)))
    watch.end(fault)
    assert ordered == ["systemctl --job-mode=fail --no-block try-restart mariadb.service"]


def test_only_what_holds_up_others_is_killed() -> None:
    assert [fault.kills for fault in (OUTSIDE, FULL, STUCK, FROZEN)] == [False, False, True, True]


def test_one_that_left_for_its_disk_needs_more_room_to_come_back() -> None:
    assert start.ROOM_BYTES > 2 * FULL_BYTES
