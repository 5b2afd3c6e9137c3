"""A cluster with etcd: no answered write is lost, whatever dies; members come and go by editing the settings.

For the stack `etcd` alone: `make stacks`.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.hosts import cut_power, start_host
from lab.network import namespace_command
from tests.end_to_end.datastores import ETCDCTL, cluster_size, leaders
from tests.end_to_end.running import RunningLab, eventually

WRITES, KILLED_AT, CUT_AT = 240, (40, 100, 160), 40
KILLED_SECONDS, CUT_SECONDS = 8, 20
"""Longest pause of writes through the API. An election takes 3 to 6 s of it."""


@pytest.fixture(autouse=True)
def _has_etcd(datastore: str) -> None:
    if datastore != "etcd":
        pytest.skip("this stack has another datastore")


@pytest.fixture
def kubeconfig(lab: RunningLab, tmp_path: Path) -> Path:
    """The owner's kubeconfig in a file of its own."""
    path = tmp_path / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(lab.kubectl("config", "view", "--raw", "--flatten"))
    return path


def writes(lab: RunningLab, kubeconfig: Path, count: int, at: dict[int, Callable[[], object]]) -> dict[str, Any]:
    """Writes through the API, five a second. `at`: what happens after so many writes. Gives what became of them."""
    script = Path(__file__).parent / "steady_writes.py"
    command = [sys.executable, str(script), str(kubeconfig), str(count)]
    process = subprocess.Popen(namespace_command(lab.lab, "operator", command), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    last: dict[str, Any] = {}
    try:
        for line in process.stdout:
            last = json.loads(line)
            if happen := at.get(last.get("written", 0)):
                happen()
        assert process.wait(timeout=240) == 0, "the loop that writes ended with an error"
    finally:
        process.kill()
        lab.kubectl("delete", "namespace", "steady-writes", "--wait=true")
    return last


def let_lead(lab: RunningLab, members: list[str], wanted: str) -> None:
    """Has a member take the lead."""
    listed = lab.ssh(members[0], f"{ETCDCTL} member list -w simple").splitlines()
    ids = {line.split(", ")[2]: line.split(", ")[0] for line in listed}
    (leader,) = leaders(lab, members)
    if leader != wanted:
        lab.ssh(leader, f"{ETCDCTL} move-leader {ids[wanted]}")
    eventually(f"{wanted} to lead", 20, lambda: leaders(lab, members) == [wanted])


def test_status_shows_every_member_and_the_leader(lab: RunningLab, members: list[str]) -> None:
    (leader,) = leaders(lab, members)
    shown = lab.must("status")
    for line in shown.splitlines():
        name = line.split()[0] if line.split() else ""
        if name in members:
            assert "healthy" in line, shown
            assert ("leader" in line) == (name == leader), shown


def test_up_again_changes_nothing(lab: RunningLab, members: list[str]) -> None:
    runs = {name: lab.ssh(name, "systemctl show -p InvocationID --value etcd k3s") for name in members}
    assert "unchanged" in lab.must("up")
    assert {name: lab.ssh(name, "systemctl show -p InvocationID --value etcd k3s") for name in members} == runs


def test_killed_leaders_lose_no_answered_write(
    lab: RunningLab, members: list[str], kubeconfig: Path, say: Callable[[str], None]
) -> None:
    def kill() -> None:
        lab.ssh(leaders(lab, members)[0], "systemctl kill -s KILL etcd.service")

    result = writes(lab, kubeconfig, WRITES, dict.fromkeys(KILLED_AT, kill))
    say(f"leader killed {len(KILLED_AT)} times: longest pause {result['longest_gap']:.1f} s")
    assert (result["lost"], result["answered_only"]) == ([], [])
    assert result["longest_gap"] <= KILLED_SECONDS, result


@pytest.mark.parametrize("leads", [True, False], ids=["the leader", "another member"])
def test_a_member_that_loses_power_loses_no_answered_write(
    lab: RunningLab, members: list[str], kubeconfig: Path, leads: bool, say: Callable[[str], None]
) -> None:
    """The API server must let go of a member that answers no more (kubernetes#128812)."""
    first, *_, last = members
    let_lead(lab, members, last if leads else first)
    cut: list[float] = []

    def power_cut() -> None:
        cut_power(lab.lab, last)
        cut.append(time.monotonic())

    try:
        result = writes(lab, kubeconfig, WRITES, {CUT_AT: power_cut})
    finally:
        start_host(lab.lab, last)
    say(f"power of {'the leader' if leads else 'a follower'} cut: longest pause {result['longest_gap']:.1f} s")
    eventually("the member to be back", 240, lambda: cluster_size(lab, last) == len(members))
    assert (result["lost"], result["answered_only"]) == ([], [])
    assert result["longest_gap"] <= CUT_SECONDS, result


def test_another_kind_of_datastore_is_refused_before_anything_is_touched(
    lab: RunningLab, settings_file: Path, members: list[str]
) -> None:
    original = settings_file.read_text()
    stack = yaml.safe_load(original)
    stack["config"]["tailnet-k3s:datastore"] = {"kind": "galera"}
    settings_file.write_text(yaml.safe_dump(stack, sort_keys=False))
    try:
        for verb in ("preview", "up"):
            refused = lab.run(verb)
            assert refused.status != 0
            assert re.search(r"datastore\.kind +was etcd", " ".join(refused.output.split())), refused.output
    finally:
        settings_file.write_text(original)
    assert cluster_size(lab, members[0]) == len(members)


def test_a_member_is_replaced_by_editing_the_settings(
    lab: RunningLab, settings_file: Path, members: list[str], hosts: dict[str, list[str]]
) -> None:
    original = settings_file.read_text()
    stack = yaml.safe_load(original)
    leaves, comes = members[-1], next(name for name, roles in hosts.items() if "agent" in roles)
    declared = stack["config"]["tailnet-k3s:hosts"]
    declared[leaves]["roles"].remove("database")
    declared[comes]["roles"].append("database")
    lab.kubectl("-n", "default", "create", "configmap", "before-the-change")
    settings_file.write_text(yaml.safe_dump(stack, sort_keys=False))
    lab.must("up", seconds=900)
    now = sorted({*members, comes} - {leaves})
    listed = lab.ssh(members[0], f"{ETCDCTL} member list -w simple").splitlines()
    assert sorted(line.split(", ")[2] for line in listed) == now, listed
    assert {at: cluster_size(lab, at) for at in now} == dict.fromkeys(now, len(members))
    assert "left" in lab.ssh(leaves, "ls /var/lib/etcd")
    for server in (name for name, roles in hosts.items() if "server" in roles):
        endpoint = lab.ssh(server, "grep datastore-endpoint /etc/rancher/k3s/config.yaml")
        assert endpoint.count("https://") == len(members)
    lab.kubectl("-n", "default", "delete", "configmap", "before-the-change")
    settings_file.write_text(original)
    lab.must("up", seconds=900)
    assert {at: cluster_size(lab, at) for at in members} == dict.fromkeys(members, len(members))
