"""Interrupted, run again, changed: `up` converges, and touches only what differs."""

import re
import signal
from pathlib import Path

import yaml

from lab.engine.state import pending, resources
from lab.hosts import list_hosts
from tests.end_to_end.conftest import Bringup
from tests.end_to_end.running import RunningLab
from tests.end_to_end.test_z_down import devices

NO_CHANGE_SECONDS = 60
"""An idle machine of two cores takes ten; CI's may be busy."""


def host_boots(lab: RunningLab, hosts: dict[str, list[str]]) -> dict[str, str]:
    """When each host started and when its services did: anything that touches a host changes this."""
    show = (
        "systemctl show -p ActiveEnterTimestamp mariadb haproxy k3s k3s-agent tailscaled;"
        " find /etc /usr/local -newermt @0 -printf '%p %T@\\n' | sort"
    )
    return {host: lab.ssh(host, show) for host in hosts}


def test_interrupted_runs_say_so_and_the_next_one_goes_on(lab: RunningLab, bringup: Bringup) -> None:
    for moment, number, run in bringup.interrupted:
        if number == signal.SIGINT:
            assert "interrupted" in run.output, f"at {moment!r}:\n" + run.output[-2000:]
            assert "Traceback" not in run.output, f"at {moment!r}:\n" + run.output[-2000:]


def test_what_interrupted_runs_left_was_taken_over_and_nothing_is_there_twice(
    lab: RunningLab, bringup: Bringup, hosts: dict[str, list[str]]
) -> None:
    now = {each.urn: each.id for each in resources(lab.workspace)}
    for (moment, _, _), left in zip(bringup.interrupted, bringup.left, strict=True):
        assert left, f"interrupted at {moment!r}: so early that there was nothing to take over"
        assert {urn: now.get(urn) for urn in left} == left, f"interrupted at {moment!r}: made again, or lost"
    assert pending(lab.workspace) == []
    assert len(devices(lab.lab)) == len(hosts), "a device of an interrupted run is left in the tailnet"
    assert sorted(host.name for host in list_hosts(lab.lab)) == sorted(hosts)


def test_up_again_changes_nothing_within_seconds(lab: RunningLab, hosts: dict[str, list[str]]) -> None:
    before = host_boots(lab, hosts)
    again = lab.run("up")
    assert again.status == 0, again.output
    assert "unchanged" in again.output, again.output
    assert host_boots(lab, hosts) == before
    assert again.seconds <= NO_CHANGE_SECONDS, f"{again.seconds:.1f} s:\n{again.output}"


def test_a_label_changes_that_node_only(lab: RunningLab, settings_file: Path, hosts: dict[str, list[str]]) -> None:
    """The label stays for the tests after this one."""
    stack = yaml.safe_load(settings_file.read_text())
    agent = next(name for name, roles in hosts.items() if "agent" in roles)
    stack["config"]["tailnet-k3s:hosts"][agent].setdefault("labels", {})["example.test/colour"] = "green"
    settings_file.write_text(yaml.safe_dump(stack, sort_keys=False))
    preview = lab.must("preview")
    others = [host for host in hosts if host != agent]
    changed = [line for line in preview.splitlines() if re.match(r"\s*[~+\-]", line)]
    assert any(agent in line for line in changed), preview
    assert not [line for line in changed if any(re.search(rf"\b{other}\b", line) for other in others)], preview
    lab.must("up")
    labels = lab.kubectl("get", "node", agent, "-o", "jsonpath={.metadata.labels}")
    assert '"example.test/colour":"green"' in labels
