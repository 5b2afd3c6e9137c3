"""No host is special: each is off once. Pods elsewhere find names; `up`, `status` and `kubectl` go on by the others."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from lab.hosts import cut_power, start_host
from tests.end_to_end.lookups import Lookups, pods_for_lookups
from tests.end_to_end.running import RunningLab, eventually

APP = "whoami"
HOSTS = 4
BREAK_SECONDS = 5.0
"""Of look-ups in a pod."""
ANSWER_SECONDS = 5.0
"""Of `status` and `kubectl`. An idle machine takes two. kubectl alone would wait for 30."""
TRIES = 3
"""A busy machine may be late once. A command that waits for a lost host is late each time."""
MISSED_SECONDS, RETURN_SECONDS = 120, 240
LEFT_SECONDS = 45
"""Until pods leave a host that is missed: `k3s.lost_seconds`, 30 s, and some for a busy machine."""
OPTION = "concurrent-gc-syncs=22"
"""Of k3s' controller manager. It changes nothing that a test sees."""


@pytest.fixture(scope="module")
def servers(hosts: dict[str, list[str]]) -> list[str]:
    return [name for name, roles in hosts.items() if "server" in roles]


@pytest.fixture(scope="module")
def lookups(lab: RunningLab, servers: list[str]) -> Iterator[Lookups]:
    with pods_for_lookups(lab, servers[0]) as made:
        yield made


@pytest.fixture(params=range(HOSTS))
def lost(request: pytest.FixtureRequest, hosts: dict[str, list[str]]) -> str:
    """One host after the other."""
    assert len(hosts) == HOSTS, "a host would be left out"
    place: int = request.param
    return list(hosts)[place]


def fastest(lab: RunningLab, verb: str, *words: str) -> float:
    """Seconds that a command takes which has to succeed: the fastest of a few tries."""
    times: list[float] = []
    while not times or (min(times) > ANSWER_SECONDS and len(times) < TRIES):
        seen = lab.run(verb, *words)
        times.append(seen.seconds if seen.status == 0 else float("inf"))
    return min(times)


def status_of(lab: RunningLab) -> dict[str, Any]:
    """All hosts by name, as `status` shows them."""
    found: dict[str, Any] = json.loads(lab.must("status", "--json"))["hosts"]
    return found


def ready(lab: RunningLab) -> set[str]:
    """Names of nodes that are Ready."""
    return {name for name, host in status_of(lab).items() if host["node"] == "Ready"}


def is_whole(lab: RunningLab) -> bool:
    """Whether any host may be lost: all nodes are Ready, and each member has all data. Kubernetes calls a lost node
    Ready for 40 s, so who asks has seen it missed."""
    found = status_of(lab).values()
    members = {host["database"] for host in found if "database" in host["roles"]}
    return {host["node"] for host in found} == {"Ready"} and members <= {"Synced", "healthy"}


def stranded(lab: RunningLab, host: str) -> list[str]:
    """Pods that could be on another host, and that nobody has told to leave this one."""
    pods: list[Any] = [one["metadata"] for one in lab.objects("pods", "-A", f"--field-selector=spec.nodeName={host}")]
    return [
        pod["name"]
        for pod in pods
        if "deletionTimestamp" not in pod and any(one["kind"] == "ReplicaSet" for one in pod.get("ownerReferences", ()))
    ]


def change_an_app(lab: RunningLab, lost: str, *, option: bool) -> None:
    """An `up` that needs nothing of the lost host, unless an option of all servers changes, too. No test relies on the
    number of replicas."""
    asked = ("-n", APP, "get", "deployment", APP, "-o", "jsonpath={.spec.replicas}")
    wanted = "3" if lab.kubectl(*asked).strip() == "2" else "2"
    stack = yaml.safe_load(lab.settings.read_text())
    stack["config"]["tailnet-k3s:apps"][APP]["replicas"] = int(wanted)
    if option:
        options = stack["config"].setdefault("tailnet-k3s:k3s", {}).setdefault("server_options", {})
        options["kube-controller-manager-arg"] = [OPTION]
    lab.settings.write_text(yaml.safe_dump(stack, sort_keys=False))
    said = lab.must("up")
    assert lab.kubectl(*asked).strip() == wanted
    assert f"{lost}: does not answer" in said, said


def test_all_goes_on_without(
    lab: RunningLab, servers: list[str], lookups: Lookups, lost: str, say: Callable[[str], None]
) -> None:
    """The last server misses an option as well, and gets it by the first `up` after it is back. The option stays for
    the tests after this one: to take it back would restart all servers again."""
    others = sorted(status_of(lab).keys() - {lost})
    is_last = lost == servers[-1]
    seconds: dict[str, float] = {}
    with lookups.steadily(others) as breaks:
        began = time.monotonic()
        cut_power(lab.lab, lost)
        try:
            if lost in servers:
                seconds["kubectl"] = fastest(lab, "kubectl", "--", "get", "nodes")
                seconds["status"] = fastest(lab, "status")
            eventually(f"{lost} to be missed", MISSED_SECONDS, lambda: ready(lab) == set(others))
            missed = changed = time.monotonic() - began
            if lost in servers:
                change_an_app(lab, lost, option=is_last)
                changed = time.monotonic() - began
                eventually(f"pods to leave {lost}", LEFT_SECONDS, lambda: not stranded(lab, lost))
            left = time.monotonic() - began
        finally:
            start_host(lab.lab, lost)
        eventually("every host to be back", RETURN_SECONDS, lambda: is_whole(lab))
        whole = time.monotonic() - began
    say(
        f"without {lost}: no name for {max(breaks.values()):.1f} s; answers {seconds}; missed at {missed:.0f} s,"
        f" changed at {changed:.0f} s, left at {left:.0f} s, whole at {whole:.0f} s"
    )
    assert {host: found for host, found in breaks.items() if found > BREAK_SECONDS} == {}
    assert {verb: taken for verb, taken in seconds.items() if taken > ANSWER_SECONDS} == {}
    if is_last:
        config = f"grep -c {OPTION} /etc/rancher/k3s/config.yaml || true"
        assert lab.ssh(lost, config).strip() == "0"
        lab.must("up")
        assert lab.ssh(lost, config).strip() == "1"
