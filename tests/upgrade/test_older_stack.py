"""An owner updates the program: the stack that stands goes on, and neither machines nor services notice."""

import re

from lab.lab import REPOSITORY
from tests.end_to_end.running import RunningLab
from tests.end_to_end.visitor import Visitor
from tests.upgrade.conftest import Clone, git

SERVICES = ("mariadb", "haproxy", "k3s", "k3s-agent", "tailscaled")
RESTARTED = {
    "haproxy.service": "tries another server at once when one refuses a connection, and waits longer for busy ones",
    "k3s.service": "has a default for how long pods stay on a lost host, and refuses new requests before it stops",
}
"""Services that restart once, and what is new about them."""
CGROUP_V1 = """[ -e /sys/fs/cgroup/cgroup.controllers ] || {
  mkdir -p /etc/rancher/k3s/config.yaml.d
  echo 'kubelet-arg+: [fail-cgroupv1=false]' >/etc/rancher/k3s/config.yaml.d/cgroup-v1.yaml
}"""
NEW: tuple[str, ...] = ()
"""What the new program adds to an older stack, as the preview names it: patterns, each with its reason."""


def starts(lab: RunningLab) -> dict[str, str]:
    """By host, when it booted and when each service was started last."""
    look = f"cat /proc/1/stat | cut -d ' ' -f 22; echo; systemctl show -p Id,InvocationID {' '.join(SERVICES)}"
    seen = {host: lab.ssh(host, look).split("\n\n") for host in lab.workspace.hosts()}
    return {
        host: "\n\n".join(block for block in blocks if not any(f"Id={name}" in block.split() for name in RESTARTED))
        for host, blocks in seen.items()
    }


def test_the_new_program_takes_over_an_older_stack(lab: RunningLab, clone: Clone) -> None:
    before = starts(lab)
    visitor = Visitor(lab, "tailnet.example")
    clone.check_out(git(REPOSITORY, "rev-parse", "HEAD").strip())
    for host in before:  # the new program asks the owner for this; the lab's hosts get it at their next boot
        lab.ssh(host, CGROUP_V1)

    with visitor.steadily(visitor.url("whoami"), 1200) as visits:
        preview = lab.must("preview")
        up = lab.must("up", seconds=1200)

    planned = [line for line in preview.splitlines() if re.match(r"[+±-] ", line)]
    unexpected = [line for line in planned if not any(re.search(pattern, line) for pattern in NEW)]
    assert not unexpected, "\n".join(unexpected)
    assert starts(lab) == before, up
    assert len(visits[0].answers) > 100, "too few visits to tell"
    assert not visits[0].failed, visits[0].failed
    assert "unchanged" in lab.must("up")
