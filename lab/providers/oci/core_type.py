"""What all types of oci/Core share: which changes need a new resource, compartments, and outputs from records."""

import re
from collections.abc import Callable, Iterator
from typing import ClassVar

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers import published
from lab.providers.oci.cloud import Cloud, CloudError, now, outputs_of
from lab.providers.sdk_source import Properties
from lab.providers.stand_in import ResourceType, Values

COMPARTMENT = re.compile(r"ocid1\.(compartment|tenancy)\.oc1\..+")


class CoreType(ResourceType):
    """A type of oci/Core. A change needs a new resource, unless the property's documentation says "(Updatable)"."""

    kind: ClassVar[str]
    """The type as in its OCIDs."""
    changed_in_place: ClassVar[frozenset[str]] = frozenset()
    """Paths of more properties that can change in place, although the documentation does not say so."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse a compartment whose OCID is malformed."""
        compartment = inputs.get("compartmentId")
        if isinstance(compartment, str) and not COMPARTMENT.fullmatch(compartment):
            yield CheckFailure("compartmentId", f"{compartment!r} is no compartment's OCID (ocid1.compartment.oc1..…)")

    def is_replaced_by(self, path: str) -> bool:
        """Whether the documentation does not say "(Updatable)"."""
        return path not in self.changed_in_place and not is_updatable(published.inputs_of(self.published_as), path)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """The resource's record."""
        record = self.cloud.record(resource_id)
        return None if record is None else outputs_of(record)

    def common(self, inputs: Values, ocid: str) -> Values:
        """The first entries of a record, which are the same for all types within a VCN."""
        return {
            "compartmentId": inputs["compartmentId"],
            "vcnId": inputs["vcnId"],
            "displayName": named(inputs, ocid),
            "definedTags": inputs.get("definedTags", {}),
            "freeformTags": inputs.get("freeformTags", {}),
            "state": "AVAILABLE",
            "timeCreated": now(),
            "_type": self.kind,
        }


def is_updatable(known: Properties, path: str) -> bool:
    """Whether the documentation says "(Updatable)" of every part of a path."""
    name, _, rest = path.partition(".")
    found = known.get(name)
    return found is not None and found.updatable and (not rest or is_updatable(published.nested(found.type), rest))


def named(inputs: Values, ocid: str) -> str:
    """The display name. Oracle generates one if none is given."""
    return str(inputs.get("displayName") or f"{ocid.split('.')[1]}{ocid[-14:]}")


def same_vcn(vcn_id: str) -> Callable[[Values], bool]:
    """A test for records: whether they belong to that VCN."""
    return lambda record: bool(record.get("vcnId") == vcn_id)


def refuse_used(what: str, users: list[Values]) -> None:
    """Raise CloudError if other resources still use a resource that is to be deleted."""
    if users:
        names = ", ".join(
            sorted(f"{user['_type']} {user.get('displayName') or user.get('description')}" for user in users)
        )
        raise CloudError(f"{what}: 409-Conflict: still used by {names}; delete that first")


class TakenOver(CoreType):
    """A default resource of a VCN, which the program manages. Its outputs have no `vcnId`. It can't be removed."""

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change it."""
        made = super().update(resource_id, state, inputs)
        return {name: value for name, value in made.items() if name != "vcnId"}

    def delete(self, resource_id: str, state: Values) -> None:
        """Reset it to its original state."""
        if (record := self.cloud.record(resource_id)) is not None:
            super().update(resource_id, state, record["_default"])

    def read(self, resource_id: str, state: Values) -> Values | None:
        """Its record."""
        record = super().read(resource_id, state)
        return record and {name: value for name, value in record.items() if name != "vcnId"}
