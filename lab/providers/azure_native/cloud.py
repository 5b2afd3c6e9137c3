"""The resources in the lab's Azure subscription, by Azure's resource IDs, and errors in Azure's words."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.providers.records import Records, Store
from lab.providers.stand_in import Values

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
"""The lab's subscription, unless the provider's settings name another one."""
WITH_PARENT = "_with_parent"
"""This entry marks records that were created with another resource. No Pulumi state has them as resources."""
GROUP = "Microsoft.Resources/resourceGroups"


class CloudError(RuntimeError):
    """Azure would refuse this. The message has the resource, Azure's error code, the reason, and what to do."""

    def __init__(self, what: str, code: str, message: str) -> None:
        super().__init__(f"{what}: {code}: {message}")
        self.code = code


class Cloud(Store):
    """Resources by ID. A record has all outputs, `id`, `_type` (`Microsoft.Network/virtualNetworks`), and more."""

    def __init__(self, folder: Path, subscription: str = SUBSCRIPTION) -> None:
        super().__init__(folder)
        self.subscription = subscription

    def group_id(self, group: str) -> str:
        """The ID of a resource group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{group}"

    def resource_id(self, group: str, kind: str, *names: str) -> str:
        """The ID of a resource in a group. A nested resource's type has two parts after the namespace."""
        namespace, *types = kind.split("/")
        parts = "/".join(f"{each}/{name}" for each, name in zip(types, names, strict=True))
        return f"{self.group_id(group)}/providers/{namespace}/{parts}"

    def record(self, resource_id: str) -> Values | None:
        """One current record, or None."""
        return found(self.records(), resource_id)


def key(resource_id: str) -> str:
    """The key of a record. Azure's IDs are case-insensitive."""
    return resource_id.lower()


def found(records: Records, resource_id: Any) -> Values | None:
    """The record with this ID, or None."""
    return records.get(key(resource_id)) if isinstance(resource_id, str) else None


def required(records: Records, kind: str, resource_id: Any, wanted_for: str) -> Values:
    """The record with that type and ID, to which another resource refers. Raises CloudError, like Azure."""
    record = found(records, resource_id)
    if record is None or record["_type"] != kind:
        raise CloudError(
            wanted_for,
            "InvalidResourceReference",
            f"Resource {resource_id} referenced by it was not found; it must be a {kind} in the same region",
        )
    return record


def parent(records: Records, resource_id: str, name: str, wanted_for: str) -> Values:
    """The record of a resource's parent. Raises CloudError, like Azure, if it does not exist."""
    record = found(records, resource_id)
    if record is None:
        raise CloudError(wanted_for, "ParentResourceNotFound", f"The parent resource '{name}' was not found.")
    return record


def reference(value: Any) -> str:
    """The ID in a reference ({"id": …}). Empty if there is none."""
    return str(value.get("id") or "") if isinstance(value, dict) else ""


def same_id(one: str, other: str) -> bool:
    """Whether two IDs are of the same resource."""
    return one.lower() == other.lower()


def refuse_used(what: str, code: str, users: Iterable[Values], advice: str) -> None:
    """Raise CloudError if other resources still use a resource that is to be deleted."""
    names = ", ".join(sorted(user["name"] for user in users))
    if names:
        raise CloudError(what, code, f"is in use by {names} and cannot be deleted; {advice}")


def normal_location(location: Any) -> Any:
    """A region in Azure's canonical form: `West Europe` becomes `westeurope`. An unknown region stays unknown."""
    return re.sub(r"\s", "", location).lower() if isinstance(location, str) else location


def now() -> str:
    """The current time in Azure's format."""
    return datetime.now(UTC).isoformat()
