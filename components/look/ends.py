"""Finds certificates on hosts that end soon. The step that renews such a certificate runs again."""

from collections.abc import Mapping
from datetime import UTC, datetime

from components.look.facts import Facts
from components.look.reasons import Mark
from components.renewal import DAY, SOON_DAYS

RENEWED_BY = {"/var/lib/rancher/k3s/": ("k3s-node-{host}", "k3s-kubeconfig")}
"""By folder: the step that renews the certificates, then the step that reads the administrator's new certificate."""


def with_ends(host: str, marks: Mapping[str, Mark], facts: Facts) -> dict[str, Mark]:
    """The marks. Steps that renew a certificate that ends soon, by the host's clock, get this as a difference."""
    found = dict(marks)
    if facts.clock is None:
        return found
    for folder, steps in RENEWED_BY.items():
        ending = [
            one
            for one in facts.certificates or ()
            if one.path.startswith(folder) and one.ends - facts.clock.seconds < SOON_DAYS * DAY
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
