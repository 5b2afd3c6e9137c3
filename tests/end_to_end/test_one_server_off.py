"""No server is special: with any one of them off, `up`, `status` and `kubectl` go on by the others."""

import json
from pathlib import Path

import yaml

from lab.hosts import cut_power, start_host
from tests.end_to_end.running import RunningLab, eventually

APP = "whoami"
ANSWER_SECONDS = 5.0
"""Of `status` and `kubectl`. An idle machine takes two. kubectl alone would wait for 30."""
TRIES = 3
"""A busy machine may be late once. A command that waits for a lost host is late each time."""
RETURN_SECONDS = 240


def replicas(lab: RunningLab) -> int:
    """Of the app, as the API has them."""
    return int(lab.kubectl("-n", APP, "get", "deployment", APP, "-o", "jsonpath={.spec.replicas}"))


def ready(lab: RunningLab) -> set[str]:
    """Names of nodes that are Ready, as `status` shows them."""
    hosts = json.loads(lab.must("status", "--json"))["hosts"]
    return {name for name, host in hosts.items() if host["node"] == "Ready"}


def fastest(lab: RunningLab, verb: str, *words: str) -> float:
    """Seconds that a command takes which has to succeed: the fastest of a few tries."""
    times: list[float] = []
    while not times or (min(times) > ANSWER_SECONDS and len(times) < TRIES):
        seen = lab.run(verb, *words)
        assert seen.status == 0, seen.output
        times.append(seen.seconds)
    return min(times)


def misses(lab: RunningLab, others: set[str]) -> bool:
    """Whether only the others are Ready."""
    return ready(lab) == others


def test_an_app_is_changed_while_the_first_server_is_off(
    lab: RunningLab, settings_file: Path, hosts: dict[str, list[str]]
) -> None:
    """It is the database's writer, too. The other servers are the same for the program. The replica stays."""
    before = replicas(lab)
    server = next(name for name, roles in hosts.items() if "server" in roles)
    try:
        cut_power(lab.lab, server)
        eventually(f"{server} to be missed", 120, lambda: misses(lab, set(hosts) - {server}))
        for verb, words in (("status", ()), ("kubectl", ("--", "get", "nodes"))):
            seconds = fastest(lab, verb, *words)
            assert seconds <= ANSWER_SECONDS, f"{verb} took {seconds:.1f} s without {server}"
        stack = yaml.safe_load(settings_file.read_text())
        stack["config"]["tailnet-k3s:apps"][APP]["replicas"] = before + 1
        settings_file.write_text(yaml.safe_dump(stack, sort_keys=False))
        said = lab.must("up")
        assert replicas(lab) == before + 1
        assert f"{server}: does not answer" in said, said
        start_host(lab.lab, server)
        eventually("all nodes to be Ready", RETURN_SECONDS, lambda: ready(lab) == set(hosts))
    finally:
        start_host(lab.lab, server)


def test_a_server_that_was_off_gets_its_change_when_it_is_back(
    lab: RunningLab, settings_file: Path, hosts: dict[str, list[str]]
) -> None:
    """The option stays for the tests after this one: to take it back would restart all servers again."""
    late = [name for name, roles in hosts.items() if "server" in roles][-1]
    stack = yaml.safe_load(settings_file.read_text())
    stack["config"].setdefault("tailnet-k3s:k3s", {})["lost_seconds"] = 31
    try:
        cut_power(lab.lab, late)
        settings_file.write_text(yaml.safe_dump(stack, sort_keys=False))
        assert f"{late}: does not answer" in lab.must("up")
        start_host(lab.lab, late)
        eventually("all nodes to be Ready", RETURN_SECONDS, lambda: ready(lab) == set(hosts))
        config = "grep -c toleration-seconds=31 /etc/rancher/k3s/config.yaml || true"
        assert lab.ssh(late, config).strip() == "0"
        lab.must("up")
        assert lab.ssh(late, config).strip() == "1"
    finally:
        start_host(lab.lab, late)
