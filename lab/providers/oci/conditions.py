"""Simulates shortages in the lab's Oracle cloud: availability domains without capacity, and limits of the account.

They are in a file: `cloud/oci/conditions.json` in the lab's folder (`.lab/NAME`). You may write it at any time. Without
an entry there is no limit.

    {"full": ["AD-1", "AD-2/FAULT-DOMAIN-3"],
     "limits": {"standard-a1-core-count": 2, "reserved-public-ip-count": 1}}

`full`: ends of availability domains' names, with or without a fault domain. No instance can be created there.
`limits`: Oracle's names of limits (those in LIMITS), for the whole account.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.providers.oci.cloud import Cloud, CloudError, Records, of_type
from lab.providers.stand_in import Values

FILE = "conditions.json"


@dataclass(frozen=True)
class Limit:
    """What counts towards a limit: the type of resources, and how much each of them counts."""

    kind: str
    counts: Callable[[Values], float]


LIMITS: Mapping[str, Limit] = {
    "standard-a1-core-count": Limit("instance", lambda one: one["shapeConfig"]["ocpus"] if arm(one) else 0),
    "standard-a1-memory-count": Limit("instance", lambda one: one["shapeConfig"]["memoryInGbs"] if arm(one) else 0),
    "vm-standard-e2-1-micro-count": Limit("instance", lambda one: one["shape"] == "VM.Standard.E2.1.Micro"),
    "reserved-public-ip-count": Limit("publicip", lambda one: one["lifetime"] == "RESERVED"),
    "total-storage-gb": Limit("volume", lambda one: int(one["sizeInGbs"])),
    "vcn-count": Limit("vcn", lambda one: 1),
}


def arm(instance: Values) -> bool:
    """Whether an instance has the ARM shape with the limits `standard-a1-…`."""
    return str(instance["shape"]) == "VM.Standard.A1.Flex"


class Conditions:
    """The current content of the file."""

    def __init__(self, cloud: Cloud) -> None:
        """Raises CloudError if the file is not JSON, or has a limit that the lab does not know."""
        file = cloud.folder / FILE
        try:
            found = json.loads(file.read_text()) if file.exists() else {}
        except ValueError as error:
            raise CloudError(f"{file}: {error}") from None
        self._full: list[str] = list(found.get("full", ()))
        self._limits: dict[str, float] = dict(found.get("limits", {}))
        if unknown := set(self._limits) - set(LIMITS):
            raise CloudError(
                f"{file}: no limits are called {', '.join(sorted(unknown))}: there are {', '.join(LIMITS)}"
            )

    def require_room(self, domain: str, fault_domain: str, what: str) -> None:
        """Raise CloudError if the domain has no capacity. Without a fault domain, any of them will do."""
        for entry in self._full:
            place, _, narrower = entry.partition("/")
            if domain.endswith(place) and narrower in ("", fault_domain):
                raise CloudError(f"{what}: 500-InternalError: Out of host capacity.")

    def require_within_limits(self, records: Records, new: Values, what: str) -> None:
        """Raise CloudError if the account would exceed a limit with `new`, which is not in the records yet."""
        for name, most in self._limits.items():
            limit = LIMITS[name]
            if limit.kind == new["_type"] and limit.counts(new):
                used = sum(limit.counts(one) for one in of_type(records, limit.kind))
                if used + limit.counts(new) > most:
                    raise CloudError(
                        f"{what}: 400-LimitExceeded: The following service limits were exceeded: {name} ({used:g} of"
                        f" {most:g} in use)"
                    )
