"""Rules for the overlay. The overlay has them in its own folder. They apply to every host at each `up`."""

from collections.abc import Iterator

from components.look.facts import Facts
from components.look.wanted import WantedHost
from components.overlay.registry import OVERLAY
from components.settings.errors import Finding


def overlay_suits_the_cluster(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """A host without the overlay has no findings."""
    if facts.overlay:
        yield from OVERLAY.look.findings(wanted.key, wanted.overlay, facts.overlay)
