"""Who starts the cluster anew after an outage: never two, never one that lacks a write, and nobody who isn't sure."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from components.datastore.galera.member import start
from components.datastore.galera.member.start import Decision, Position, decide, ordered

CLUSTER, OTHER = "cf5d8650-e5b8-11f1-b09c-8bb9157f22c1", "1016ae05-e5bb-11f1-9f18-0240cdff6905"
NEW = Position("new")
SILENT = Position()
RUNNING = Position("running", primary=True, synced=True)
JOINING = Position("running", primary=True)
OUTVOTED = Position("running")
STARTING = Position("starting", uuid=CLUSTER, seqno=100)
FRESH = Position("waiting")
STOPPED = Position("waiting", uuid=CLUSTER, seqno=100)
NEWER = replace(STOPPED, seqno=101)
LAST = replace(NEWER, safe=True)


def decision(*seen: Position, me: int = 0, waited: float = 0) -> Decision:
    """What the member at a place decides; all three by their places."""
    names = ["a", "b", "c"]
    return decide(names[me], dict(zip(names, seen, strict=True)), waited)


@pytest.mark.parametrize("own", [FRESH, STOPPED, LAST, replace(STOPPED, view=True), replace(STOPPED, leader="c")])
def test_joins_a_cluster_that_is_there(own: Position) -> None:
    found = decision(own, SILENT, RUNNING)
    assert (found.action, found.recalls) == ("join", False)


@pytest.mark.parametrize("other", [STARTING, JOINING])
def test_waits_while_another_joins_but_not_for_ever(other: Position) -> None:
    assert decision(STOPPED, RUNNING, other, waited=60).action == "wait"
    assert decision(STOPPED, RUNNING, other, waited=121).action == "join"


def test_members_that_came_at_once_join_in_their_order() -> None:
    assert decision(RUNNING, STOPPED, STOPPED, me=1).action == "join"
    assert decision(RUNNING, STOPPED, STOPPED, me=2).action == "wait"
    assert decision(RUNNING, RUNNING, STOPPED, me=2).action == "join"


def test_first_of_new_members_starts_the_first_cluster() -> None:
    assert decision(FRESH, NEW, NEW).action == "bootstrap"
    assert decision(NEW, FRESH, NEW, me=1).action == "wait"


def test_new_member_starts_nothing_while_another_says_nothing() -> None:
    assert decision(FRESH, NEW, SILENT, waited=299).action == "wait"


def test_wiped_first_member_waits_for_those_that_have_the_data() -> None:
    found = decision(FRESH, NEWER, STOPPED)
    assert (found.action, found.leader) == ("wait", "b")


def test_newest_waits_until_all_have_named_it() -> None:
    assert decision(NEWER, replace(STOPPED, leader="a"), STOPPED).action == "wait"
    assert decision(NEWER, replace(STOPPED, leader="a"), replace(STOPPED, leader="a")).action == "bootstrap"


def test_others_name_the_newest() -> None:
    assert decision(STOPPED, STOPPED, NEWER) == Decision("wait", "c has the newest data", "c")


def test_of_the_equal_the_last_to_leave_leads_then_the_first_in_order() -> None:
    assert decision(NEWER, LAST, STOPPED).leader == "b"
    assert decision(STOPPED, STOPPED, STOPPED, me=2).leader == "a"


def test_does_not_start_for_itself_what_it_left_to_another() -> None:
    own = replace(LAST, leader="b")
    assert decision(own, STARTING, SILENT, waited=299).action == "wait"


def test_data_of_two_clusters_is_for_a_person_to_decide() -> None:
    found = decision(STOPPED, replace(STOPPED, uuid=OTHER), FRESH)
    assert found.action == "refuse"
    assert CLUSTER in found.why
    assert OTHER in found.why


def test_last_to_leave_starts_alone_but_not_at_once() -> None:
    assert decision(LAST, SILENT, SILENT, waited=10).action == "wait"
    assert decision(LAST, SILENT, SILENT, waited=61).action == "bootstrap"


def test_stopped_member_never_starts_alone() -> None:
    assert decision(STOPPED, SILENT, replace(STOPPED, leader="a"), waited=299).action == "wait"


def test_members_that_lost_power_look_for_each_other_when_a_third_stays_away() -> None:
    own = replace(STOPPED, view=True)
    assert decision(own, own, SILENT, waited=5).action == "wait"
    found = decision(own, own, SILENT, waited=21)
    assert (found.action, found.recalls) == ("join", True)


def test_member_that_lost_power_goes_to_one_that_was_outvoted() -> None:
    assert decision(replace(STOPPED, view=True), OUTVOTED, STOPPED).action == "join"


def test_waits_for_one_that_is_starting() -> None:
    assert decision(STOPPED, STARTING, STOPPED, waited=299).action == "wait"


@pytest.mark.parametrize(
    ("own", "other", "refused"),
    [
        (STOPPED, SILENT, ""),
        (STOPPED, OUTVOTED, ""),
        (STOPPED, replace(NEWER, uuid=OTHER), ""),
        (STOPPED, RUNNING, "b has the cluster: this member joins it by `systemctl start mariadb`"),
        (STOPPED, NEWER, "b has newer data: run galera_new_cluster there"),
        (FRESH, STOPPED, "b has newer data: run galera_new_cluster there"),
    ],
)
def test_a_person_may_start_the_cluster_where_no_write_is_lost(own: Position, other: Position, refused: str) -> None:
    found = ordered("a", {"a": own, "b": other})
    assert found.action == ("refuse" if refused else "bootstrap")
    assert refused in found.why


def test_galera_new_cluster_works_whatever_galera_thinks_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By each version's way, the unit sets the same variable: see galera_packages.sh."""
    record = tmp_path / "grastate.dat"
    record.write_text(f"uuid: {CLUSTER}\nseqno: 7\nsafe_to_bootstrap: 0\n")
    for name, value in {"DATA": tmp_path, "PUBLISHED": tmp_path / "run/position"}.items():
        monkeypatch.setattr(start, name, value)
    monkeypatch.setattr(start, "NEW_CLUSTER", tmp_path / "run/new-cluster")
    monkeypatch.setenv("MEMBER", "a")
    monkeypatch.setenv("MEMBERS", "a=127.0.0.1")
    monkeypatch.setenv("_WSREP_NEW_CLUSTER", "--wsrep-new-cluster")
    start.main()
    assert "safe_to_bootstrap: 1" in record.read_text()
    assert (tmp_path / "run/new-cluster").read_text() == "_WSREP_NEW_CLUSTER=--wsrep-new-cluster\n"


def test_who_is_told_to_start_it_by_hand_is_told_how(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(start, "PUBLISHED", tmp_path / "position")
    monkeypatch.setattr(start, "LIMIT_SECONDS", 0.1)
    with pytest.raises(TimeoutError) as raised:
        start.settle("a", {"a": "127.0.0.1", "b": "127.0.0.1"}, STOPPED, lambda line: None)
    assert "; 100 here)" in str(raised.value)
    assert str(raised.value).endswith("is highest, run: sudo systemctl stop mariadb && sudo galera_new_cluster")


HAS_CLUSTER, HAS_NONE = Position("running", primary=True), Position("waiting")


@pytest.mark.parametrize(
    ("rooms", "other", "lines"),
    [
        ([1, start.ROOM_BYTES], HAS_CLUSTER, 1),
        ([1, 1, 1], HAS_NONE, 0),
        ([start.ROOM_BYTES], HAS_CLUSTER, 0),
    ],
    ids=["others go on", "no other goes on", "there is room"],
)
def test_waits_for_room_while_others_go_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rooms: list[int], other: Position, lines: int
) -> None:
    monkeypatch.setattr(start, "PUBLISHED", tmp_path / "run/position")
    monkeypatch.setattr(start, "room", iter(rooms).__next__)
    monkeypatch.setattr(start, "position_of", lambda _: other)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    said: list[str] = []
    start.wait_for_room(["192.0.2.2"], said.append)
    assert len(said) == lines


def test_without_room_it_ends_with_what_to_do_and_nobody_waits_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(start, "PUBLISHED", tmp_path / "run/position")
    monkeypatch.setattr(start, "LIMIT_SECONDS", -1)
    monkeypatch.setattr(start, "room", lambda: 3 * 1024**2)
    monkeypatch.setattr(start, "position_of", lambda _: HAS_CLUSTER)
    with pytest.raises(TimeoutError, match=r"has 3 MB left, of 256 that a member needs: make room there"):
        start.wait_for_room(["192.0.2.2"], lambda _: None)
    assert '"state": "unknown"' in start.PUBLISHED.read_text()
