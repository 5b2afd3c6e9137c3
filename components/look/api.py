"""A server whose API does not answer, although k3s runs: its step runs again, waits for it, and says why it fails."""

from collections.abc import Mapping

from components.look.facts import Facts
from components.look.reasons import Mark


def with_api(host: str, marks: Mapping[str, Mark], facts: Facts) -> dict[str, Mark]:
    """The marks, with a dead API among what differs. Where k3s does not run, that is what differs."""
    found = dict(marks)
    mark, reason = found.get(f"k3s-node-{host}"), facts.unread.get("nodes")
    if mark and reason and not mark.differs:
        words = f"the API of this server does not answer: {reason}"
        found[f"k3s-node-{host}"] = mark.model_copy(update={"differs": (words,)})
    return found
