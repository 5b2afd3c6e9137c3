"""Costs that a cloud computes for its hosts."""

from dataclasses import dataclass
from datetime import date

HOURS_IN_A_MONTH = 730
"""By the clouds' definition."""


@dataclass(frozen=True)
class Costs:
    """Monthly costs in US dollars, without taxes."""

    hosts: dict[str, float]
    """Costs by host."""
    prices_of: date | None
    """Day of the cloud's prices. None: it has no prices."""
    unknown: tuple[str, ...] = ()
    """What the costs do not include."""
    unpriced: tuple[str, ...] = ()
    """Hosts whose own price is not known. They count with less than they cost."""
