"""What exists in the lab's Azure subscription, by Azure's resource ids, and how Azure words its refusals."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.providers.records import Records, Store
from lab.providers.stand_in import Values

SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
"""The lab's own, unless the provider's settings name another."""
WITH_PARENT = "_with_parent"
"""The entry of records that came with another resource: no Pulumi state knows them by themselves."""
GROUP = "Microsoft.Resources/resourceGroups"


class CloudError(RuntimeError):
    """Azure would have refused: what, its error code, why and what to do."""

    def __init__(self, what: str, code: str, message: str) -> None:
        super().__init__(f"{what}: {code}: {message}")
        self.code = code


class Cloud(Store):
    """Resources by id: each record has all outputs, `id`, `_type` (`Microsoft.Network/virtualNetworks`), and more."""

    def __init__(self, folder: Path, subscription: str = SUBSCRIPTION) -> None:
        super().__init__(folder)
        self.subscription = subscription

    def group_id(self, group: str) -> str:
        """The id of a resource group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{group}"

    def resource_id(self, group: str, kind: str, *names: str) -> str:
        """The id of a resource in a group. The type of one within another has two parts after its namespace."""
        namespace, *types = kind.split("/")
        parts = "/".join(f"{each}/{name}" for each, name in zip(types, names, strict=True))
        return f"{self.group_id(group)}/providers/{namespace}/{parts}"

    def record(self, resource_id: str) -> Values | None:
        """One record as it is now, or None."""
        return found(self.records(), resource_id)


def key(resource_id: str) -> str:
    """What a record is found by: upper and lower case are the same to Azure."""
    return resource_id.lower()


def found(records: Records, resource_id: Any) -> Values | None:
    """The record with this id, or None."""
    return records.get(key(resource_id)) if isinstance(resource_id, str) else None


def required(records: Records, kind: str, resource_id: Any, wanted_for: str) -> Values:
    """The record of that type and id, for what refers to it. Raises CloudError as Azure does."""
    record = found(records, resource_id)
    if record is None or record["_type"] != kind:
        raise CloudError(
            wanted_for,
            "InvalidResourceReference",
            f"Resource {resource_id} referenced by it was not found; it must be a {kind} in the same region",
        )
    return record


def parent(records: Records, resource_id: str, name: str, wanted_for: str) -> Values:
    """The record of what a resource is named within. Raises CloudError as Azure does for one that is not there."""
    record = found(records, resource_id)
    if record is None:
        raise CloudError(wanted_for, "ParentResourceNotFound", f"The parent resource '{name}' was not found.")
    return record


def reference(value: Any) -> str:
    """The id in a reference ({"id": …}); empty for none."""
    return str(value.get("id") or "") if isinstance(value, dict) else ""


def same_id(one: str, other: str) -> bool:
    """Whether two ids name one resource."""
    return one.lower() == other.lower()


def refuse_used(what: str, code: str, users: Iterable[Values], advice: str) -> None:
    """Raise CloudError if something still uses what is to be deleted."""
    names = ", ".join(sorted(user["name"] for user in users))
    if names:
        raise CloudError(what, code, f"is in use by {names} and cannot be deleted; {advice}")


def normal_location(location: Any) -> Any:
    """A region as Azure writes it back: `West Europe` is `westeurope`. What is not known yet stays so."""
    return re.sub(r"\s", "", location).lower() if isinstance(location, str) else location


def now() -> str:
    """This moment as Azure writes it."""
    return datetime.now(UTC).isoformat()
