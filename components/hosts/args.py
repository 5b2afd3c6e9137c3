"""What all hosts are made from, whatever their cloud, beside their own settings."""

from dataclasses import dataclass

from components.edge.ranges import VisitorRanges
from components.hosts.operator import Operator
from components.settings import Settings
from components.tailnet import Tailnet


@dataclass(frozen=True)
class HostsArgs:
    """One for all hosts of a stack."""

    settings: Settings
    operator: Operator
    tailnet: Tailnet
    visitors: VisitorRanges
    """From where visitors may reach ports 80 and 443 of hosts with the role `ingress`; empty: from nowhere."""
