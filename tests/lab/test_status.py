"""The status at a glance, from what hosts, database and cluster say, or when they say nothing."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from lab import status as module
from lab.engine import Workspace
from lab.hosts import HostError, HostState
from lab.lab import Lab
from lab.status import (
    HostStatus,
    NodeStatus,
    Status,
    etcd_state,
    look,
    member_state,
    next_end,
    notes,
    parse_nodes,
    table,
    trouble_lines,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
UP = HostStatus(
    cloud="oracle",
    roles=("server", "database"),
    tailnet_address="100.64.0.2",
    public_address="198.51.100.2",
    public_ipv6="2001:db8:100::2",
    since=NOW - timedelta(minutes=90),
    node="Ready",
    database="Synced",
    writer=True,
    memory_bytes=400 * 2**20,
)
OFF = HostStatus("home", ("agent",), None, None, None, None, None, None, writer=False, memory_bytes=None)


def shown(status: Status) -> list[str]:
    """The table's lines."""
    console = Console(file=io.StringIO(), width=160)
    console.print(table(status, NOW))
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_a_line_a_host() -> None:
    assert shown(Status("lab", {"oracle-1": UP, "home-1": OFF})) == [
        "host cloud roles tailnet public running node database memory",
        "oracle-1 oracle server, database 100.64.0.2 198.51.100.2 1 h Ready Synced · writer 400 MiB",
        "2001:db8:100::2",
        "home-1 home agent - - off - -",
    ]


def test_what_ends_next() -> None:
    ends = {"administrator": "2027-11-20", "origin": "2029-11-20"}
    status = Status("lab", {"oracle-1": replace(UP, next_end=NOW + timedelta(days=300)), "home-1": OFF}, ends)
    assert next_end(status, NOW) == "ends next: a certificate on oracle-1, on 2027-09-17 (299 days)"
    assert next_end(replace(status, hosts={}), NOW) == (
        "ends next: the certificate `administrator` of the stack, on 2027-11-20 (363 days)"
    )
    assert next_end(Status("lab", {"home-1": OFF}), NOW) is None
    assert trouble_lines(status, NOW) == []
    (line,) = trouble_lines(status, NOW + timedelta(days=395))
    assert line == "the certificate `administrator` of the stack ended on 2027-11-20: run bin/lab up, which renews it"


def test_what_somebody_did_by_hand() -> None:
    file = "/etc/rancher/k3s/config.yaml.d/mine.yaml"
    status = Status("lab", {"oracle-1": replace(UP, cordoned=True), "oracle-2": replace(UP, additions=(file,))})
    first, _, second, _ = shown(status)[1:]
    assert "Ready · cordoned Synced" in first
    assert "cordoned" not in second
    assert notes(status) == [
        "oracle-1: has a cordoned node: no new pods start there. To change that: kubectl uncordon oracle-1",
        f"oracle-2: has settings that no step wrote: {file}. They change how the program's services run. Remove them,"
        " unless you want them.",
    ]
    assert trouble_lines(status, NOW) == []
    hosts = json.loads(status.to_json())["hosts"]
    assert (hosts["oracle-1"]["cordoned"], hosts["oracle-2"]["additions"]) == (True, [file])


def test_for_programs() -> None:
    document = json.loads(Status("lab", {"oracle-1": UP}).to_json())
    assert document["hosts"]["oracle-1"]["public_address"] == "198.51.100.2"
    assert document["hosts"]["oracle-1"]["since"] == "2026-11-21T10:30:00+00:00"


def test_conditions_of_nodes() -> None:
    def node(name: str, ready: str, **spec: object) -> dict[str, object]:
        conditions = [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready}]
        return {"metadata": {"name": name}, "spec": spec, "status": {"conditions": conditions}}

    listed = {"items": [node("oracle-1", "True", unschedulable=True), node("oracle-2", "Unknown")]}
    assert parse_nodes(listed) == {"oracle-1": NodeStatus("Ready", cordoned=True), "oracle-2": NodeStatus("NotReady")}


@pytest.mark.parametrize(
    ("said", "state"),
    [("Synced\n3\n", ("Synced", True)), ("Donor/Desynced\n0\n", ("Donor/Desynced", False)), ("", (None, False))],
)
def test_what_a_member_says(monkeypatch: pytest.MonkeyPatch, said: str, state: tuple[str | None, bool]) -> None:
    monkeypatch.setattr(module, "run_in_host", lambda *_arguments, **_options: said)
    assert member_state(Lab("test", Path("/nowhere")), "oracle-1") == state


@pytest.mark.parametrize(
    ("health", "metrics", "state"),
    [
        ('{"health":"true","reason":""}', "leader 1|learner 0", ("healthy", True)),
        ('{"health":"true","reason":""}', "leader 0|learner 0", ("healthy", False)),
        ('{"health":"true","reason":""}', "leader 0|learner 1", ("learner", False)),
        ('{"health":"false","reason":"ALARM NOSPACE"}', "leader 1|learner 0", ("alarm nospace", False)),
        ("", "", (None, False)),
    ],
)
def test_what_a_member_of_etcd_says(
    monkeypatch: pytest.MonkeyPatch, health: str, metrics: str, state: tuple[str | None, bool]
) -> None:
    said = "\n".join([health, *(f"etcd_server_is_{one}" for one in metrics.split("|") if one)])
    monkeypatch.setattr(module, "run_in_host", lambda *_arguments, **_options: said)
    assert etcd_state(Lab("test", Path("/nowhere")), "oracle-1") == state


def test_the_leader_is_shown() -> None:
    assert "Ready healthy · leader 400 MiB" in shown(Status("lab", {"oracle-1": replace(UP, database="healthy")}))[1]


def test_members_are_asked_as_their_kind_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(Lab("test", tmp_path))
    workspace.project.mkdir(parents=True)
    hosts = "{oracle-1: {roles: [server, database]}}"
    workspace.settings.write_text(f"config: {{tailnet-k3s:hosts: {hosts}, tailnet-k3s:datastore: {{kind: etcd}}}}\n")
    (tmp_path / "hosts" / "oracle-1").mkdir(parents=True)
    (tmp_path / "hosts" / "oracle-1" / "cgroups").write_text("")
    state = HostState("oracle-1", "10.0.0.2", "198.51.100.2", running=True, pid=1, since=NOW)
    monkeypatch.setattr(module, "list_hosts", lambda _lab: [state])
    monkeypatch.setattr(module, "member_state", lambda *_: pytest.fail("asks for MariaDB"))
    monkeypatch.setattr(module, "etcd_state", lambda *_: ("healthy", True))
    seen = look(workspace).hosts["oracle-1"]
    assert (seen.database, seen.writer) == ("healthy", True)


def test_a_lab_that_answers_nothing_is_shown_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab("test", tmp_path)
    workspace = Workspace(lab)
    workspace.project.mkdir(parents=True)
    workspace.settings.write_text("config: {tailnet-k3s:hosts: {oracle-1: {roles: [server, database]}}}\n")
    (tmp_path / "cgroups").write_text(f"memory {tmp_path}\n")
    (tmp_path / "hosts" / "oracle-1").mkdir(parents=True)
    (tmp_path / "hosts" / "oracle-1" / "cgroups").write_text(f"memory {tmp_path}\n")
    (tmp_path / "memory.stat").write_text("cache 5\ntotal_rss 1048576\n")

    def silent(*_arguments: object, **_options: object) -> str:
        raise HostError("host oracle-1: is off")

    monkeypatch.setattr(module, "run_in_host", silent)
    monkeypatch.setattr(module, "kubectl_program", lambda *_: pytest.fail("builds a kubectl"))
    state = HostState("oracle-1", "10.0.0.2", "198.51.100.2", running=True, pid=1, since=NOW)
    monkeypatch.setattr(module, "list_hosts", lambda _lab: [state])
    seen = look(workspace).hosts["oracle-1"]
    assert (seen.roles, seen.node, seen.database, seen.tailnet_address) == (("server", "database"), None, None, None)
    assert seen.memory_bytes == 1048576
