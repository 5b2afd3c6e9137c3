"""An owner updates the program: the stack that stands goes on, and neither machines nor services notice."""

import re
from collections.abc import Iterable

from lab.lab import REPOSITORY
from tests.end_to_end.running import RunningLab
from tests.end_to_end.visitor import Visitor
from tests.upgrade.conftest import Clone, git

SERVICES = ("mariadb", "haproxy", "k3s", "k3s-agent", "tailscaled")
RESTARTED = {
    "tailscaled.service": "has a step that brings it to the pinned version; 1.98.0 was never published",
    "haproxy.service": "tries another server at once when one refuses a connection, and waits longer for busy ones",
    "mariadb.service": "gets certificates and takes both kinds of connections, then TLS only",
    "k3s.service": "has a default for how long pods stay on a lost host, and refuses new requests before it stops",
}
"""Services that restart, one host after another, and what is new about them."""
CGROUP_V1 = """[ -e /sys/fs/cgroup/cgroup.controllers ] || {
  mkdir -p /etc/rancher/k3s/config.yaml.d
  echo 'kubelet-arg+: [fail-cgroupv1=false]' >/etc/rancher/k3s/config.yaml.d/cgroup-v1.yaml
}"""
BREAK_SECONDS = 2.0
"""Without an answer for visitors: tailscaled restarts once on each host, and the new lab restarts its own edge."""
NEW = {
    r"^\+ \S+ · verbs$": "the verbs of all steps are on a host once",
    r"^\+ .* leave$": "the cleanup of a step is a resource of its own",
    r"^\+ \S+ · tailscale$": "Tailscale gets the pinned version",
    r"^\+ \S+ · host key$": "the host key that is pinned; a machine that is there has it already",
    r"^\+ \S+ · private key first$": "the host key in user data, of machines to come",
    r"^\+ \S+ · ipv6$": "an ingress host at Oracle takes its IPv6 address",
    r"^\+ \S+ · k3s renewal$": "a timer renews k3s' certificates",
    r"^\+ \S+ · k3s pod rules$": "pods can't reach the datastore, SSH of hosts and metadata",
    r"^\+ galera · (private key|self signed cert)$": "members of Galera have an authority",
    r"^\+ \S+ · (private key|cert request|locally signed cert) galera voter$": "members of Galera have certificates",
    r"^\+ \S+ · galera (transfer|tls)$": "members of Galera let in only who has a certificate",
    r"^± origin certificate · ": "it is valid for three years",
}
"""What the new program adds to an older stack, or replaces, as the preview names it: patterns, each with its reason."""


def starts(lab: RunningLab) -> dict[str, str]:
    """By host, when it booted and when each service was started last."""
    look = f"cut -d ' ' -f 22 /proc/1/stat; echo; systemctl show -p Id,InvocationID {' '.join(SERVICES)}"
    seen = {host: lab.ssh(host, look).split("\n\n") for host in lab.workspace.hosts()}
    return {
        host: "\n\n".join(block for block in blocks if not any(f"Id={name}" in block.split() for name in RESTARTED))
        for host, blocks in seen.items()
    }


def failures(lab: RunningLab) -> dict[str, set[str]]:
    """By host: how often systemd had to start a service again because it failed."""
    look = f"systemctl show -p NRestarts --value {' '.join(SERVICES)}"
    return {host: set(lab.ssh(host, look).split()) for host in lab.workspace.hosts()}


def journals(lab: RunningLab, hosts: Iterable[str]) -> str:
    """What systemd and the services said last on these hosts: it tells why one of them was started again."""
    look = f"journalctl --no-pager -n 60 {' '.join(f'-u {name}' for name in SERVICES)} | cut -c 1-200"
    return "\n".join(f"{host}:\n{lab.ssh(host, look)}" for host in hosts)


def test_the_new_program_takes_over_an_older_stack(lab: RunningLab, clone: Clone) -> None:
    before = starts(lab)
    visitor = Visitor(lab, "tailnet.example")
    clone.check_out(git(REPOSITORY, "rev-parse", "HEAD").strip())
    for host in before:  # the new program asks the owner for this; the lab's hosts get it at their next boot
        lab.ssh(host, CGROUP_V1)

    with visitor.steadily(visitor.url("whoami"), 1200) as visits:
        preview = lab.must("preview")
        lab.must("up", seconds=1200)

    planned = [line for line in preview.splitlines() if re.match(r"[+±-] ", line)]
    unexpected = [line for line in planned if not any(re.search(pattern, line) for pattern in NEW)]
    assert not unexpected, "\n".join(unexpected)
    assert failures(lab) == {host: {"0"} for host in before}, journals(lab, before)
    after = starts(lab)
    assert after == before, journals(lab, (host for host in before if after[host] != before[host]))
    assert len(visits[0].answers) > 100, "too few visits to tell"
    assert visits[0].longest_gap() <= BREAK_SECONDS, visits[0].failed
    assert "unchanged" in lab.must("up")
