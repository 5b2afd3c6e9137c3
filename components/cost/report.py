"""What a stack is expected to cost, told to who previews it and put out for others to read."""

from collections.abc import Mapping

import pulumi

from components.cost.estimate import estimate
from components.settings.hosts import Host


def monthly_cost(hosts: Mapping[str, Host]) -> dict[str, object]:
    """The stack's output: `usd` in all, by `hosts`, the day of the prices, what is not counted. Says it in a line."""
    expected = estimate(hosts)
    pulumi.info(f"{pulumi.get_stack()} is expected to cost {expected}")
    return expected.output()
