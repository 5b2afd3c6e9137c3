"""The rule on costs: no change makes the stack dearer than its owner allows."""

from components.cost.estimate import estimate
from components.settings.cost import Cost
from components.settings.errors import Finding, path
from components.settings.rules.rule import Findings, Hosts


def hosts_cost_no_more_than_the_limit(hosts: Hosts, cost: Cost) -> Findings:
    """A host without a known price could cost anything."""
    if cost.limit is None:
        return
    expected = estimate(hosts)
    for name in expected.unpriced:
        problem = "has no price that the program knows, so cost.limit can't be kept. Choose another size, or remove it."
        yield Finding(path("hosts", name), problem)
    if expected.total > cost.limit:
        each = ", ".join(f"{name} {usd:.2f}" for name, usd in expected.hosts.items() if usd)
        yield Finding(
            "cost.limit",
            f"is {cost.limit:.2f} USD a month, and the hosts would cost {expected.total:.2f} ({each}). Raise it, or use"
            " fewer or smaller hosts.",
        )
