"""Reports the expected cost: as a line in each preview, and as a stack output."""

from collections.abc import Mapping

import pulumi

from components.cost.estimate import estimate
from components.settings.host import HostPart


def monthly_cost(hosts: Mapping[str, HostPart]) -> dict[str, object]:
    """The stack output: `usd` in total, `hosts`, the day of the prices, what is not included. Logs it as one line."""
    expected = estimate(hosts)
    pulumi.info(f"{pulumi.get_stack()} is expected to cost {expected}")
    return expected.output()
