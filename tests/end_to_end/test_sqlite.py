"""A cluster with a file as its datastore: it comes back from a power cut with all it had, and has one server.

For the stack `sqlite` alone: `make stacks`.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.hosts import cut_power, start_host
from tests.end_to_end.running import RunningLab, eventually

STATE = "/var/lib/rancher/k3s/server/db/state.db"


@pytest.fixture(autouse=True)
def _has_sqlite(datastore: str) -> None:
    if datastore != "sqlite":
        pytest.skip("this stack has another datastore")


@pytest.fixture
def server(hosts: dict[str, list[str]]) -> str:
    """The only one."""
    return next(name for name, roles in hosts.items() if "server" in roles)


def objects(lab: RunningLab) -> set[str]:
    """Identities of what must be as before."""
    listed = [*lab.objects("namespaces"), *lab.objects("nodes"), *lab.objects("configmaps", "-n", "default")]
    return {str(one["metadata"]["uid"]) for one in listed}  # type: ignore[index]


def test_k3s_has_a_file_and_no_endpoint(lab: RunningLab, server: str) -> None:
    assert lab.ssh(server, f"sudo head -c 15 {STATE}") == "SQLite format 3"
    assert "datastore-" not in lab.ssh(server, "sudo cat /etc/rancher/k3s/config.yaml")
    assert f"datastore: SQLite on {server}" in lab.must("status")


def test_a_power_cut_loses_no_answered_write(lab: RunningLab, server: str, say: Callable[[str], None]) -> None:
    for number in range(20):
        lab.kubectl("-n", "default", "create", "configmap", f"written-{number}")
    before = objects(lab)
    cut_power(lab.lab, server)
    cut = time.monotonic()
    start_host(lab.lab, server)
    eventually("the API to answer again", 240, lambda: lab.kubectl("get", "--raw", "/readyz") == "ok")
    say(f"power of the only server cut: the API answers after {time.monotonic() - cut:.0f} s")
    assert objects(lab) == before
    for number in range(20):
        lab.kubectl("-n", "default", "delete", "configmap", f"written-{number}")


def test_a_further_up_changes_nothing(lab: RunningLab) -> None:
    assert "unchanged" in lab.must("up")


@pytest.mark.parametrize("roles", [{"server": "server", "agent": "server"}, {"server": "agent", "agent": "server"}])
def test_another_server_is_refused_before_anything_is_touched(
    lab: RunningLab, settings_file: Path, hosts: dict[str, list[str]], server: str, roles: dict[str, str]
) -> None:
    """A second one, and one in place of the first."""
    before, original = objects(lab), settings_file.read_text()
    stack: dict[str, Any] = yaml.safe_load(original)
    for host in stack["config"]["tailnet-k3s:hosts"].values():
        host["roles"] = [roles.get(role, role) for role in host["roles"]]
    settings_file.write_text(yaml.safe_dump(stack, sort_keys=False))
    try:
        refused = lab.run("up")
    finally:
        settings_file.write_text(original)
    assert refused.status != 0
    assert ("sqlite is a file on one server" if roles["server"] == "server" else "has the cluster's state alone") in (
        " ".join(refused.output.split())
    )
    assert objects(lab) == before


def test_k3s_does_not_begin_an_empty_cluster_when_the_file_is_gone(lab: RunningLab, server: str) -> None:
    before = objects(lab)
    lab.ssh(server, f"sudo systemctl stop k3s && sudo mv {STATE} {STATE}.away")
    try:
        failed = lab.run("up")
    finally:
        lab.ssh(server, f"sudo mv {STATE}.away {STATE} && sudo systemctl start k3s")
    assert failed.status != 0
    assert f"{STATE}, the cluster's state, is missing" in " ".join(failed.output.split())
    eventually("the API to answer again", 240, lambda: lab.kubectl("get", "--raw", "/readyz") == "ok")
    assert objects(lab) == before
