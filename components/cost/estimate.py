"""The expected monthly cost of a stack, and what it does not include."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.clouds.registry import by_cloud
from components.overlay.registry import OVERLAY
from components.settings.host import HostPart

UNKNOWN = ("traffic", "taxes", f"what Cloudflare and {OVERLAY.name} ask for beyond their free plans")
"""What no estimate includes."""


@dataclass(frozen=True)
class Estimate:
    """Expected monthly cost, in US dollars."""

    hosts: dict[str, float]
    """Costs by host."""
    unknown: tuple[str, ...]
    """What the costs do not include."""
    prices: str
    """Day of the prices, as 2025-03-01; the oldest one of several. Empty: no host has a price."""
    unpriced: tuple[str, ...] = ()
    """Hosts whose price is not known."""

    @property
    def total(self) -> float:
        """Costs of all hosts."""
        return round(sum(self.hosts.values()), 2)

    def __str__(self) -> str:
        paid = [f"{name} {cost:.2f}" for name, cost in self.hosts.items() if cost]
        parts = f" ({', '.join(paid)})" if len(paid) > 1 else ""
        prices = f" by prices of {self.prices}" if self.prices else ""
        return f"about {self.total:.2f} USD a month{parts}{prices}; without {'; '.join(self.unknown)}"

    def output(self) -> dict[str, object]:
        """The value of the stack's output."""
        return {"usd": self.total, "hosts": self.hosts, "prices_of": self.prices, "without": list(self.unknown)}


def estimate(hosts: Mapping[str, HostPart]) -> Estimate:
    """Adds up the costs that the clouds compute."""
    found = [cloud.costs(theirs) for cloud, theirs in by_cloud(hosts).items()]
    costs = {name: cost for one in found for name, cost in one.hosts.items()}
    days = [one.prices_of.isoformat() for one in found if one.prices_of]
    unknown = tuple(what for one in found for what in one.unknown)
    unpriced = tuple(name for one in found for name in one.unpriced)
    return Estimate({name: costs[name] for name in hosts}, (*unknown, *UNKNOWN), min(days, default=""), unpriced)
