"""Arguments that the hosts of all clouds share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.edge.ranges import VisitorRanges
from components.hosts.look_result import NOT_LOOKED_AT, LookResult
from components.hosts.operator import Operator
from components.overlay.overlay import Overlay
from components.settings.trust import Trust


@dataclass(frozen=True)
class HostsArgs:
    """The same for all hosts of a stack."""

    operator: Operator
    overlay: Overlay
    visitors: VisitorRanges
    """Address ranges that may reach ports 80 and 443 of hosts with the role `ingress`. Empty: none may."""
    trust: Trust
    found: Mapping[str, LookResult] = field(default_factory=dict)
    """By host: what the look has found. Hosts that it could not look at are left out."""

    def seen(self, host: str) -> LookResult:
        """What the look has found on a host."""
        return self.found.get(host, NOT_LOOKED_AT)
