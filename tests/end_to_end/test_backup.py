"""A stack is backed up, destroyed with all of its machines, and restored on others from the bucket alone."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from lab.internet import store_folder
from tests.end_to_end.running import RunningLab, eventually
from tests.end_to_end.test_loss import ready_nodes

NAMESPACE = "before"
WHOAMI = "docker.io/traefik/whoami:v1.11"
KINDS = "namespaces,nodes,configmaps,secrets,serviceaccounts,services,deployments.apps,roles,clusterroles"
NOT_KEPT = ".node-password.k3s"
"""Secrets of the old machines' passwords. The new machines have others."""
UNIT = "tailnet-k3s-backup.service"
REFUSED = {"backup": "has data in it (the database k3s", "backup-etcd": "has data in it (etcd's data on "}
"""What a restore says of a datastore that is in use, by the stack."""


@pytest.fixture(autouse=True)
def _own_stack(lab: RunningLab) -> None:
    """It destroys the stack."""
    if lab.stack not in REFUSED:
        pytest.skip(f"for the stacks {' and '.join(REFUSED)}")


def write(lab: RunningLab) -> None:
    """Objects of each kind that a restore must bring back, and pods that run."""
    lab.kubectl("create", "namespace", NAMESPACE)
    for number in range(20):
        lab.kubectl("-n", NAMESPACE, "create", "configmap", f"written-{number}", f"--from-literal=number={number}")
    lab.kubectl("-n", NAMESPACE, "create", "secret", "generic", "hidden", "--from-literal=word=correct-horse")
    lab.kubectl("-n", NAMESPACE, "create", "deployment", "whoami", f"--image={WHOAMI}", "--replicas=3")
    lab.kubectl("-n", NAMESPACE, "rollout", "status", "deployment/whoami", "--timeout=180s", seconds=200)


def present(lab: RunningLab) -> dict[str, str]:
    """The UID of each object, by kind, namespace and name."""
    found = {}
    for one in json.loads(lab.kubectl("get", KINDS, "-A", "-o", "json"))["items"]:
        known = one["metadata"]
        found[f"{one['kind']} {known.get('namespace', '')}/{known['name']}"] = known["uid"]
    assert len(found) > 60, found
    return found


def contents(lab: RunningLab) -> dict[str, object]:
    """What the objects of this test have in them."""
    listed = json.loads(lab.kubectl("-n", NAMESPACE, "get", "configmaps,secrets", "-o", "json"))["items"]
    return {one["metadata"]["name"]: one["data"] for one in listed}


def revision(lab: RunningLab) -> int:
    return int(json.loads(lab.kubectl("get", "namespaces", "-o", "json"))["metadata"]["resourceVersion"] or 0)


def back_up(lab: RunningLab, host: str) -> None:
    """As the timer does."""
    lab.ssh(host, f"systemctl start {UNIT}")


def with_restore(settings_file: Path, restore: Mapping[str, str] | None) -> None:
    stack = yaml.safe_load(settings_file.read_text())
    stack["config"].pop("tailnet-k3s:restore", None)
    if restore:
        stack["config"]["tailnet-k3s:restore"] = dict(restore)
    settings_file.write_text(yaml.safe_dump(stack, sort_keys=False))


def test_a_destroyed_stack_comes_back_on_other_machines(  # noqa: PLR0917 -- fixtures
    lab: RunningLab,
    settings_file: Path,
    hosts: dict[str, list[str]],
    members: list[str],
    datastore: str,
    tmp_path: Path,
    say: Callable[[str], None],
) -> None:
    write(lab)
    if datastore == "galera":
        lab.ssh(members[0], "mariadb -e 'CREATE TABLE `null`.t (v INT PRIMARY KEY); INSERT INTO `null`.t VALUES (7)'")
    before, had, highest = present(lab), contents(lab), revision(lab)

    started = time.monotonic()
    back_up(lab, members[-1])
    say(f"a backup took {time.monotonic() - started:.1f} s")
    assert "last backup: " in lab.must("status")
    back_up(lab, members[1])
    noted = json.loads(lab.must("status", "--json"))["hosts"]
    made = noted[members[1]]["backup"]["last"]
    assert (made["host"], noted[members[1]]["backup"]["error"]) == (members[-1], None)
    say(f"{made['name']} has {made['size'] / 1024:.0f} KiB")
    lab.kubectl("-n", NAMESPACE, "create", "configmap", "too-late")

    with_restore(settings_file, {"backup": "latest"})
    refused = lab.run("up", seconds=600)
    assert refused.status != 0
    assert REFUSED[lab.stack] in refused.output, refused.output

    with_restore(settings_file, None)
    lab.must("destroy", seconds=900)
    shutil.copytree(store_folder(lab.lab), tmp_path / "store", ignore=shutil.ignore_patterns("certificates"))
    lab.must("down")
    lab.lab.root.mkdir(mode=0o700, parents=True)
    shutil.copytree(tmp_path / "store", store_folder(lab.lab))
    with_restore(settings_file, {"backup": "latest"})
    started = time.monotonic()
    lab.must("up", seconds=1200)
    say(f"the restored stack was up {time.monotonic() - started:.0f} s later")

    after = present(lab)
    missing = {name: uid for name, uid in before.items() if after.get(name) != uid and NOT_KEPT not in name}
    assert missing == {}
    assert contents(lab) == had
    assert revision(lab) > highest + 1_000_000
    eventually("all nodes to be Ready", 120, lambda: set(hosts) == set(ready_nodes(lab, members[0])))
    lab.kubectl("-n", NAMESPACE, "rollout", "status", "deployment/whoami", "--timeout=240s", seconds=260)
    eventually("its pods to run", 120, lambda: runs_everywhere(lab))
    lab.kubectl("-n", NAMESPACE, "scale", "deployment/whoami", "--replicas=5")
    eventually("new pods to run", 120, lambda: len(running_pods(lab)) == 5)
    if datastore == "galera":
        assert lab.ssh(members[0], "mariadb -Ne 'SELECT v FROM `null`.t'").strip() == "7"

    assert "unchanged" in lab.must("up")
    runs = "systemctl show -p InvocationID --value k3s k3s-agent 2>/dev/null"
    k3s = {host: lab.ssh(host, runs) for host in hosts}
    with_restore(settings_file, None)
    lab.must("up", seconds=600)
    assert {host: lab.ssh(host, runs) for host in hosts} == k3s, "nothing restarts when `restore` goes"
    status = json.loads(lab.must("status", "--json"))["hosts"]
    assert {name: one["troubles"] for name, one in status.items()} == {name: [] for name in hosts}


def running_pods(lab: RunningLab) -> list[str]:
    listed = json.loads(lab.kubectl("-n", NAMESPACE, "get", "pods", "-o", "json"))["items"]
    return [str(pod["metadata"]["name"]) for pod in listed if pod["status"].get("phase") == "Running"]


def runs_everywhere(lab: RunningLab) -> bool:
    return len(running_pods(lab)) >= 3
