"""Names within the cluster: pods look them up without a break while any other host is lost."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from lab.hosts import cut_power, start_host
from tests.end_to_end.running import RunningLab, eventually

NAMESPACE = "e2e-names"
NAME = "kubernetes.default.svc.cluster.local"
LOOKUPS = (Path(__file__).parent / "steady_lookups.py").read_text()
BEFORE, DURING = 5.0, 60.0
"""Seconds of look-ups before the loss, and after it: Kubernetes needs 40 to 50 s to notice it."""
BREAK_SECONDS = 5.0
RETURN_SECONDS = 240


@pytest.fixture(scope="module")
def pods(lab: RunningLab, hosts: dict[str, list[str]]) -> Iterator[dict[str, str]]:
    """By host: the address of a pod there."""
    labels = {"app": "names"}
    container = {"name": "whoami", "image": "docker.io/traefik/whoami:v1.11"}
    spec = {"containers": [container], "tolerations": [{"operator": "Exists"}], "terminationGracePeriodSeconds": 0}
    daemon_set = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "names", "namespace": NAMESPACE},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    server = next(name for name, roles in hosts.items() if "server" in roles)
    lab.ssh(server, f"k3s kubectl apply -f - <<'END'\n{yaml.safe_dump_all([namespace, daemon_set])}\nEND")
    lab.kubectl("-n", NAMESPACE, "rollout", "status", "daemonset/names", "--timeout=120s", seconds=150)
    found = lab.objects("pods", "-n", NAMESPACE)
    yield {one["spec"]["nodeName"]: one["status"]["podIP"] for one in found}  # type: ignore[index]
    lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def look_up(lab: RunningLab, host: str, pod: str, server: str) -> list[tuple[float, bool]]:
    """When a pod asked for the name, and whether it got an answer."""
    find = (
        f"for space in /run/netns/*; do nsenter --net=$space ip -4 -o address | grep -qF 'inet {pod}/' && break; done; "
        f"nsenter --net=$space python3 - {server} {NAME} {BEFORE + DURING:g}"
    )
    printed = lab.ssh(host, f"{find} <<'END'\n{LOOKUPS}\nEND")
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return sorted((line["at"], line["found"]) for line in lines)


def longest_break(lookups: list[tuple[float, bool]]) -> float:
    """Seconds between two look-ups that got an answer, at most. Begin and end of the loop count as answers."""
    times = [lookups[0][0], *(at for at, found in lookups if found), lookups[-1][0]]
    return max(later - earlier for earlier, later in pairwise(times))


def test_pods_find_names_while_another_host_is_lost(
    lab: RunningLab, hosts: dict[str, list[str]], pods: dict[str, str]
) -> None:
    """The lost host is the first server. For the others' name servers all hosts are the same."""
    server = lab.kubectl("-n", "kube-system", "get", "service/kube-dns", "-o", "jsonpath={.spec.clusterIP}").strip()
    lost, *others = hosts
    with ThreadPoolExecutor(len(others)) as pool:
        loops = {name: pool.submit(look_up, lab, name, pods[name], server) for name in others}
        time.sleep(BEFORE)
        cut_power(lab.lab, lost)
        try:
            breaks = {f"{name} without {lost}": longest_break(loop.result()) for name, loop in loops.items()}
        finally:
            start_host(lab.lab, lost)
    eventually(f"{lost} to be back", RETURN_SECONDS, lambda: ready(lab) == set(hosts))
    print(json.dumps(breaks, indent=2))
    assert {what: seconds for what, seconds in breaks.items() if seconds > BREAK_SECONDS} == {}


def ready(lab: RunningLab) -> set[str]:
    """Names of nodes that are Ready."""
    listed = lab.kubectl("get", "nodes", "--no-headers").splitlines()
    return {line.split()[0] for line in listed if line.split()[1] == "Ready"}
