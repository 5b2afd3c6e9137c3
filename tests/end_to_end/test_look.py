"""Somebody changes hosts by hand: the next preview names each change and nothing else, and `up` undoes it."""

import json
import re
from dataclasses import dataclass

import pytest
import yaml

from components.artefacts import K3S_VERSION
from tests.end_to_end.running import RunningLab, eventually

REPORT = re.compile(r"(?P<host>\S+): (?P<words>.+)\. The step (?P<step>\S+) runs again\.")
UNITS = ("mariadb.service", "haproxy.service", "tailscaled.service")
"""Without k3s: it ends by itself, and starts again, if it can't renew a lease while the writer restarts."""


@dataclass(frozen=True)
class ByHand:
    """What somebody does on a host, and what the preview says of it."""

    roles: set[str]
    """Of the host."""
    script: str
    words: str
    """A regular expression."""
    restarts: str = ""
    """Which of UNITS may restart for it."""


CHANGES = (
    ByHand({"server", "ingress"}, "systemctl stop k3s", r"k3s\.service is stopped"),
    ByHand(
        {"agent"},
        "systemctl stop k3s-agent; cd /etc/systemd/system; rm /usr/local/bin/k3s k3s-agent.service",
        r"/usr/local/bin/k3s is missing",
    ),
    ByHand({"agent"}, "true", r"k3s-agent\.service is (stopped|missing)"),
    ByHand({"database"}, "echo '# x' >>/usr/local/lib/galera-member/watch.py", r"galera-member/watch\.py was changed"),
    ByHand({"server", "database"}, "rm /etc/rancher/k3s/registries.yaml", r"registries\.yaml is missing"),
    ByHand({"database"}, "systemctl disable -q galera-health.service", r"galera-health\.service does not start"),
    ByHand(
        {"server"},
        "echo '# x' >>/etc/haproxy/tailnet-k3s/writer.cfg",
        r"tailnet-k3s/writer\.cfg was changed",
        "haproxy.service",
    ),
    ByHand(
        {"database"},
        "echo '# x' >>/etc/mysql/mariadb.conf.d/60-galera.cnf",
        r"60-galera\.cnf was changed",
        "mariadb.service",
    ),
    ByHand({"database"}, "dpkg --force-depends --remove socat", r"the package socat is not installed"),
)


def host_of(roles: set[str], hosts: dict[str, list[str]], number: int) -> str:
    """One of the hosts with these roles, another one for another number where there are several."""
    fitting = [name for name, theirs in hosts.items() if roles <= set(theirs)]
    return fitting[number % len(fitting)]


def reports(output: str) -> list[tuple[str, str]]:
    """Host and words of each difference."""
    return [
        (found["host"], words)
        for found in map(REPORT.search, output.splitlines())
        if found
        for words in found["words"].split("; ")
    ]


def starts(lab: RunningLab, hosts: dict[str, list[str]]) -> dict[tuple[str, str], str]:
    """By host and unit: which run of the service it is."""
    show = "; ".join(f"systemctl show -p InvocationID --value {unit}" for unit in UNITS)
    return {
        (host, unit): run for host in hosts for unit, run in zip(UNITS, lab.ssh(host, show).splitlines(), strict=True)
    }


def test_what_was_done_by_hand_is_named_and_undone(lab: RunningLab, hosts: dict[str, list[str]]) -> None:
    before = starts(lab, hosts)
    expected: list[tuple[str, str]] = []
    may_restart: set[tuple[str, str]] = set()
    for number, change in enumerate(CHANGES):
        host = host_of(change.roles, hosts, number)
        lab.ssh(host, change.script)
        expected.append((host, change.words))
        may_restart.add((host, change.restarts))
    agent = host_of({"agent"}, hosts, 0)
    ingress = host_of({"ingress"}, hosts, 1)
    lab.kubectl("label", "node", ingress, "node-role.kubernetes.io/ingress-")
    expected.append(("*", rf"the node {ingress} lacks node-role\.kubernetes\.io/ingress=true"))

    preview = lab.must("preview")
    found = reports(preview)
    for host, words in expected:
        assert [one for one in found if host in ("*", one[0]) and re.search(words, one[1])], (
            f"{host}: {words}\n{preview}"
        )
    stopped = "|".join(host for host, words in expected if re.search("k3s.* is .*stopped", words))
    consequences = rf"the node ({stopped}) lacks Ready=True"
    others = [
        f"{host}: {words}"
        for host, words in found
        if not re.fullmatch(consequences, words)
        and not any(wanted in ("*", host) and re.search(text, words) for wanted, text in expected)
    ]
    assert others == [], preview

    lab.must("up")
    again = lab.must("up")
    assert reports(again) == []
    assert "unchanged" in again
    after = starts(lab, hosts)
    assert len(before) == len(hosts) * len(UNITS)
    assert {one for one in before if after[one] != before[one]} <= may_restart
    eventually(
        "all nodes to be Ready", 60, lambda: lab.kubectl("get", "nodes", "--no-headers").count(" Ready ") == len(hosts)
    )
    assert agent in lab.kubectl("get", "nodes", "--no-headers")


def test_a_machine_that_was_logged_out_joins_again(lab: RunningLab, hosts: dict[str, list[str]]) -> None:
    agent = host_of({"agent"}, hosts, 0)
    lab.must("ssh", agent, "--", "sudo", "systemd-run", "--on-active=1", "tailscale", "logout")
    eventually("the preview to notice", 60, lambda: f"{agent}: its machine was logged out" in lab.must("preview"))
    lab.must("up")
    again = lab.must("up")
    assert reports(again) == []
    assert "unchanged" in again


@pytest.mark.parametrize("flag", ["--advertise-exit-node", "--accept-routes"])
def test_a_node_that_harms_the_cluster_is_refused_by_name(
    lab: RunningLab, hosts: dict[str, list[str]], flag: str
) -> None:
    agent = host_of({"agent"}, hosts, 0)
    lab.ssh(agent, f"tailscale set {flag}")
    try:
        refused = lab.run("preview")
        assert refused.status != 0
        assert f"hosts.{agent}" in refused.output
    finally:
        lab.ssh(agent, f"tailscale set {flag}=false")


@pytest.mark.parametrize(("minors", "words"), [(-1, "can't go back to an older minor"), (2, "skips no minor version")])
def test_a_version_of_k3s_to_which_no_way_leads_is_refused(lab: RunningLab, minors: int, words: str) -> None:
    """The program reads on the nodes which one runs."""
    major, minor, _ = K3S_VERSION.split(".", 2)
    before = lab.settings.read_text()
    stack = yaml.safe_load(before)
    version = f"{major}.{int(minor) + minors}.20+k3s1"
    stack["config"].setdefault("tailnet-k3s:k3s", {})["version"] = version
    lab.settings.write_text(yaml.safe_dump(stack, sort_keys=False))
    try:
        refused = lab.run("preview")
    finally:
        lab.settings.write_text(before)
    said = " ".join(refused.output.split())
    assert refused.status != 0
    assert f"k3s.version is {version}" in said, said
    assert words in said, said


def test_status_shows_what_somebody_did_by_hand_and_up_leaves(lab: RunningLab, hosts: dict[str, list[str]]) -> None:
    server, file = host_of({"server"}, hosts, 0), "/etc/rancher/k3s/config.yaml.d/mine.yaml"
    lab.kubectl("cordon", server)
    lab.ssh(server, f"mkdir -p {file.rpartition('/')[0]} && echo 'debug: false' >{file}")
    try:
        found = json.loads(lab.must("status", "--json"))["hosts"]
        assert {name for name, one in found.items() if one["cordoned"]} == {server}
        assert {name: one["additions"] for name, one in found.items() if one["additions"]} == {server: [file]}
        shown = lab.must("status")
        assert "Ready · cordoned" in shown
        assert f"{server}: has settings that no step wrote: {file}." in shown
    finally:
        lab.kubectl("uncordon", server)
        lab.ssh(server, f"rm {file}")
