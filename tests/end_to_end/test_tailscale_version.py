"""Hosts whose Tailscale is another than the pinned one get that: one after another, and their services go on."""

import re
from collections.abc import Callable
from itertools import pairwise

from components.artefacts import TAILSCALE_VERSION
from lab.hosts import run_in_host
from tests.end_to_end.running import RunningLab, eventually
from tests.end_to_end.test_loss import ready_nodes
from tests.end_to_end.visitor import Visitor

OLDER = re.sub(r"\d+$", lambda last: "9".rjust(len(last[0]), "0"), TAILSCALE_VERSION)
"""As long as the pinned version: it takes its place in the program's file."""
MAKE_OLDER = f"""set -eu
for program in /usr/bin/tailscale /usr/sbin/tailscaled; do
  LC_ALL=C sed 's/{re.escape(TAILSCALE_VERSION)}/{OLDER}/g' "$program" >"$program.older"
  chmod 755 "$program.older"
  mv "$program.older" "$program"
done
systemctl restart tailscaled
"""
BREAK_SECONDS = 2.0
"""Without an answer for visitors. tailscaled of each host restarts, and flannel's packets go through it."""


def version(lab: RunningLab, host: str) -> str:
    """Of the daemon that runs."""
    said = run_in_host(lab.lab, host, ["bash", "-c", "tailscale version --daemon || true"])
    found = re.search(r"^Daemon: *([\d.]+)", said, re.MULTILINE)
    return found[1] if found else said


def started(lab: RunningLab, host: str, *units: str) -> dict[str, str]:
    """When each unit was started last: seconds since 1970."""
    show = 'for unit; do date -d "$(systemctl show -p ExecMainStartTimestamp --value $unit)" +%s.%N || true; done'
    times = run_in_host(lab.lab, host, ["bash", "-c", show, "show", *units]).split("\n")
    return dict(zip(units, times, strict=False))


def test_all_hosts_get_the_pinned_version_in_turn(
    lab: RunningLab, hosts: dict[str, list[str]], visitor: Visitor, say: Callable[[str], None]
) -> None:
    """The programs are the real ones, with another number in them. Steps log in by the tailnet that restarts."""
    assert OLDER != TAILSCALE_VERSION
    for host in hosts:
        run_in_host(lab.lab, host, ["bash", "-c", MAKE_OLDER], seconds=120)
    assert {host: version(lab, host) for host in hosts} == dict.fromkeys(hosts, OLDER)
    server = next(name for name, roles in hosts.items() if "server" in roles)
    eventually("all nodes to be Ready", 120, lambda: ready_nodes(lab, server) == set(hosts))
    others = ("mariadb", "haproxy", "k3s", "k3s-agent")
    before = {host: started(lab, host, *others) for host in hosts}

    with visitor.steadily(visitor.url("whoami"), 600) as visits:
        said = lab.must("up")

    for host in hosts:
        assert f"its Tailscale is {OLDER}, not {TAILSCALE_VERSION}. The step {host}-tailscale runs again" in said, said
    assert {host: version(lab, host) for host in hosts} == dict.fromkeys(hosts, TAILSCALE_VERSION)
    assert {host: started(lab, host, *others) for host in hosts} == before
    times = sorted(float(started(lab, host, "tailscaled")["tailscaled"]) for host in hosts)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    say(f"{gaps} s between restarts of tailscaled; visitors without an answer: {visits[0].longest_gap():.1f} s")
    assert min(gaps) >= 1
    assert visits[0].longest_gap() <= BREAK_SECONDS, visits[0].failed
    assert "unchanged" in lab.must("up")
