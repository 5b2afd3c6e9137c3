"""Certificates on hosts that end soon: which step renews each. It runs again in good time."""

from collections.abc import Mapping
from datetime import UTC, datetime

from components.look.facts import Facts
from components.look.reasons import Mark

RENEWED_BY = {"/var/lib/rancher/k3s/": ("k3s-node-{host}", "k3s-kubeconfig")}
"""By the folder of a certificate: the step that renews it, and one that reads the administrator's new one."""
DAYS = 60
"""So long before the end an `up` renews what the hosts' own timers should have renewed a month earlier."""


def with_ends(host: str, marks: Mapping[str, Mark], facts: Facts) -> dict[str, Mark]:
    """The marks, with what ends soon among what differs. By the host's own clock."""
    found = dict(marks)
    if facts.clock is None:
        return found
    for folder, steps in RENEWED_BY.items():
        ending = [
            one
            for one in facts.certificates or ()
            if one.path.startswith(folder) and one.ends - facts.clock.seconds < DAYS * 86400
        ]
        if not ending:
            continue
        first = min(ending, key=lambda one: one.ends)
        verb = "ended" if first.ends < facts.clock.seconds else "ends"
        words = f"{first.path} {verb} on {datetime.fromtimestamp(first.ends, UTC):%Y-%m-%d}"
        for step in [step.format(host=host) for step in steps]:
            if mark := found.get(step):
                found[step] = mark.model_copy(update={"differs": (*mark.differs, words)})
    return found
