"""Drills judge rightly: what a loop of writes has seen, what is wrong in a lab, what a failure does to a host."""

import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kubernetes.watch
import pytest
from kubernetes.client.exceptions import ApiException
from rich.console import Console
from urllib3.exceptions import ProtocolError

from bench import chart
from bench.running import Running
from drills import failures, report, writer
from drills.drill import Result, what_is_wrong
from drills.failures import FAILURES, DrillError
from drills.writer import Record, judged, write
from lab.lab import Lab
from lab.status import HostStatus

SINCE = datetime(2026, 11, 21, tzinfo=UTC)
UP = HostStatus("oracle", ("server", "database"), "100.64.0.1", None, None, SINCE, "Ready", "Synced", False, None)
HOSTS = {
    "oracle-1": replace(UP, writer=True),
    "oracle-2": replace(UP, tailnet_address="100.64.0.2"),
    "home-1": replace(UP, roles=("agent",), database=None, tailnet_address="100.64.0.3"),
}
WELL = Result("writer killed", 20, 1.5, 8.0, 400, 0, 0, 0, 0, 0)


class Api:
    """A server that answers each request with the next of these."""

    def __init__(self, *answers: Exception | None) -> None:
        self._answers = list(answers)

    def _next(self, *_: Any, **__: Any) -> SimpleNamespace:
        answer = self._answers.pop(0)
        if answer is not None:
            raise answer
        return SimpleNamespace(drain_conn=lambda: None)

    create_namespaced_config_map = read_namespaced_config_map = _next


class Only:
    """The one server that there is."""

    def __init__(self, api: Api) -> None:
        self._api, self.failures = api, 0

    def present(self) -> tuple[int, Api]:
        return 0, self._api

    def failed(self, _: int) -> None:
        self.failures += 1


def written(*answers: Exception | None) -> tuple[Record, int]:
    """What a write is recorded as, and how often its server was given up."""
    record, servers = Record(), Only(Api(*answers))
    write(servers, record, "write-0")  # type: ignore[arg-type]
    return record, servers.failures


def test_a_write_is_answered_refused_or_unclear() -> None:
    record, failed = written(None, None)
    assert (list(record.answered), record.read_back, failed) == (["write-0"], {"write-0"}, 0)
    record, failed = written(None, ProtocolError("cut"))
    assert (list(record.answered), record.read_back, failed) == (["write-0"], set(), 0)
    record, failed = written(ApiException(status=500, reason="no writer"))
    assert (record.refused, record.answered, failed) == ({"write-0": "500 no writer"}, {}, 1)
    record, failed = written(ProtocolError("cut"))
    assert (record.unclear, record.refused, failed) == ({"write-0"}, {}, 1)


def test_what_is_gone_or_was_never_seen_is_found() -> None:
    record = Record(
        answered={"kept": 10.0, "lost": 10.5, "unread": 14.0, "unwatched": 14.1},
        read_back={"kept", "lost", "unwatched"},
        refused={"refused": "500 no writer", "appeared": "500 no writer"},
        unclear={"perhaps"},
        watched={"kept", "perhaps", "appeared"},
    )
    found = judged(record, {"kept", "appeared", "perhaps", "unwatched"}, 9.0, 15.0)
    assert (found["lost"], found["lost_unread"]) == (["lost"], ["unread"])
    assert (found["appeared"], found["unseen"]) == (["appeared"], ["unwatched"])
    assert found["longest_gap"] == 3.5
    assert found["refusals"] == ["500 no writer"]


def test_the_pause_counts_from_the_begin_and_to_the_end() -> None:
    assert judged(Record(answered={"a": 5.0}), {"a"}, 1.0, 6.0)["longest_gap"] == 4.0
    assert judged(Record(answered={"a": 5.0}), {"a"}, 4.0, 12.0)["longest_gap"] == 7.0
    assert judged(Record(), set(), 4.0, 12.0)["longest_gap"] == 8.0


def test_a_watch_goes_on_by_another_server_from_the_last_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    record, ended, asked = Record(), threading.Event(), []

    def event(name: str, revision: int) -> dict[str, Any]:
        return {"object": SimpleNamespace(metadata=SimpleNamespace(name=name, resource_version=str(revision)))}

    class Watch:
        def stream(self, *_: Any, resource_version: str, **__: Any) -> Any:
            asked.append(resource_version)
            if len(asked) == 1:
                yield event("b", 8)
                raise ProtocolError("cut")
            ended.set()
            yield event("c", 8)

    monkeypatch.setattr(kubernetes.watch, "Watch", Watch)
    listed = SimpleNamespace(items=[], metadata=SimpleNamespace(resource_version="7"))
    api = SimpleNamespace(list_namespaced_config_map=lambda *_, **__: listed)
    servers = Only(api)  # type: ignore[arg-type]
    writer.follow(servers, record, ended)  # type: ignore[arg-type]
    assert (asked, servers.failures) == (["7", "8"], 1)
    assert (record.watched, record.backwards) == ({"b", "c"}, 1)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("oracle-2", {"since": None, "node": "NotReady"}, ["oracle-2 is off", "the node oracle-2 is NotReady"]),
        ("oracle-2", {"database": "Donor/Desynced"}, ["the member on oracle-2 is Donor/Desynced"]),
        ("home-1", {"node": None}, ["the node home-1 is unknown"]),
        ("oracle-1", {"writer": False}, ["no member is the writer"]),
        ("oracle-1", {"troubles": ("k3s is stopped",)}, ["oracle-1: k3s is stopped"]),
    ],
)
def test_a_drill_waits_for_what_is_wrong(name: str, change: dict[str, Any], said: list[str]) -> None:
    assert what_is_wrong(HOSTS) == []
    assert what_is_wrong({**HOSTS, name: replace(HOSTS[name], **change)}) == said


class Hosts:
    """Notes what is done to hosts. The member is MariaDB; the API of a host without tailnet refuses writes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.takes_writes = self.stores_writes = False
        monkeypatch.setattr(failures, "run_in_host", self.run)
        monkeypatch.setattr(failures, "cut_power", lambda _, host: self.done.append(f"{host} cut"))
        monkeypatch.setattr(failures, "start_host", lambda _, host: self.done.append(f"{host} started"))
        self.lab = Running(Lab("test", Path("/")), HOSTS)

    def run(self, _: Lab, host: str, argv: Sequence[str], *, stdin: str = "", **__: Any) -> str:
        if "member.env" in argv[-1]:
            return "mariadb\n"
        self.done.append(f"{host} " + (stdin or " ".join(argv)))
        if "get" in argv:
            return "written-alone" if self.stores_writes else ""
        return "created" if self.takes_writes else "refused"


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Hosts:
    """A lab of three hosts."""
    return Hosts(monkeypatch)


def test_every_failure_ends(hosts: Hosts) -> None:
    for failure in FAILURES:
        failure.cause(hosts.lab)()
    cut, started = ([one for one in hosts.done if one.endswith(word)] for word in (" cut", " started"))
    assert [one.split()[0] for one in cut] == [one.split()[0] for one in started]
    assert [one.split()[0] for one in cut] == ["oracle-1", "oracle-2", *HOSTS]
    assert sum("add table" in one for one in hosts.done) == sum("delete table" in one for one in hosts.done) == 2


def test_one_server_is_cut_off_from_the_writer_alone(hosts: Hosts) -> None:
    failures.cut_one_way(hosts.lab)
    (done,) = hosts.done
    assert done.startswith("oracle-2 ")
    assert "ip daddr 100.64.0.1 tcp dport { 3306, 9200 } drop" in done


@pytest.mark.parametrize("sign", ["takes_writes", "stores_writes"])
def test_a_host_without_tailnet_that_takes_a_write_fails_the_drill(hosts: Hosts, sign: str) -> None:
    setattr(hosts, sign, True)
    end = failures.cut_overlay_of_writer(hosts.lab)
    with pytest.raises(DrillError, match="oracle-1 took a write"):
        end()
    assert any("delete table" in one for one in hosts.done), "the cut has an end even so"


def test_the_report_shows_harm_in_red_and_keeps_the_figures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr(chart, "RESULTS", tmp_path)
    harmed = replace(WELL, failure="writer frozen", lost=3)
    unread = replace(WELL, lost_unread=2)
    assert [report.harm_in("galera", one) for one in (WELL, harmed, unread)] == [set(), {"lost"}, set()]
    assert [report.harm_in("etcd", one) for one in (WELL, harmed, unread)] == [set(), {"lost"}, {"lost_unread"}]
    console = Console(width=160, force_terminal=True, color_system="standard")
    with console.capture() as captured:
        console.print(report.table("galera", [WELL, harmed]))
    assert re.search(r"\x1b\[31m *3\x1b", captured.get())
    file, picture = report.write("galera", [WELL, harmed])
    assert '"lost": 3' in file.read_text()
    assert "1.5 s, well after 8 s" in picture.read_text()
