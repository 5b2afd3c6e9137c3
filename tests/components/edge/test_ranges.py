"""Who may come to the front door: what Cloudflare says now, in an order of our own."""

import pulumi

from components.edge.ranges import VisitorRanges, visitor_ranges
from components.settings.edge import Edge
from tests.engine import Run, run
from tests.stack import CALLS


def asked(edge: Edge, preview: bool = False) -> tuple[Run, VisitorRanges]:
    found: list[VisitorRanges] = []

    def declare() -> None:
        found.append(visitor_ranges(edge))
        pulumi.export("count", len(found[0].all))

    return run(declare, preview=preview, calls=CALLS), found[0]


def test_ranges_are_known_in_a_preview_and_sorted() -> None:
    _, ranges = asked(Edge(domain="example.org"), preview=True)
    assert ranges == VisitorRanges(("192.0.2.0/28", "192.0.2.32/28"), ("2001:db8:f::/48",))
    assert ranges.all == ("192.0.2.0/28", "192.0.2.32/28", "2001:db8:f::/48")


def test_without_a_domain_nobody_is_asked_and_nobody_may_come() -> None:
    seen, ranges = asked(Edge())
    assert seen.calls == []
    assert ranges.all == ()
