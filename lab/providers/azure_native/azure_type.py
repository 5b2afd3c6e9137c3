"""What all of Azure's types share: IDs from names, groups, regions, and how the published provider finds changes."""

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers import published
from lab.providers.azure_native.cloud import GROUP, Cloud, CloudError, found, key, normal_location
from lab.providers.azure_native.regions import REGION
from lab.providers.properties import UNKNOWN, has_unknown
from lab.providers.records import HIDDEN, Records
from lab.providers.sdk_source import ObjectOf, Properties
from lab.providers.stand_in import ResourceType, Values

INPUTS = "__inputs"
"""The output with the inputs. The published provider compares new inputs with these, not with the other outputs."""
API_VERSIONS = {
    "Microsoft.Resources": "2024-11-01",
    "Microsoft.Network": "2024-05-01",
    "Microsoft.Compute": "2024-11-01",
}


class AzureType(ResourceType):
    """A type of Azure. An update replaces all of a resource's inputs, so it removes those that are no longer given."""

    kind: ClassVar[str]
    """The type as in its IDs: namespace and type. A nested resource has its parent's type, too."""
    named_by: ClassVar[str]
    """The input with its name. The provider generates a name if none is given."""
    within: ClassVar[tuple[str, ...]] = ()
    """Inputs with the names of its parent resources, without the group."""
    name_pattern: ClassVar[str] = r"\w([\w.-]{0,78}\w)?"
    has_location: ClassVar[bool] = True
    secret = frozenset({INPUTS})

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    # What the published provider does before it calls Azure.

    def completed(self, inputs: Values, before: Values, logical_name: str, seed: str, region: str) -> Values:
        """The inputs that the published provider adds: name and region. `region`: from its settings, or empty."""
        added: Values = {}
        if inputs.get(self.named_by) is None:
            added[self.named_by] = before.get(self.named_by) or f"{logical_name}{seed}"
        if self.has_location and inputs.get("location") is None:
            added["location"] = before.get("location") or region or self._groups_region(inputs.get("resourceGroupName"))
        return added

    def _groups_region(self, group: Any) -> Any:
        record = self.cloud.record(self.cloud.group_id(group)) if isinstance(group, str) else None
        return record["location"] if record else UNKNOWN

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse an invalid name or region."""
        name, region = inputs.get(self.named_by), normal_location(inputs.get("location"))
        if isinstance(name, str) and not re.fullmatch(self.name_pattern, name):
            yield CheckFailure(self.named_by, f"{name!r} is no name that Azure takes for it ({self.name_pattern})")
        if isinstance(region, str) and not REGION.fullmatch(region):
            yield CheckFailure(
                "location", f"LocationNotAvailableForResourceType: {region!r} is none of Azure's regions"
            )

    def is_replaced_by(self, path: str) -> bool:
        """Whether the property is a name in the ID, or in the type's list `replaced_by`, at any depth."""
        parts = set(re.split(r"[.\[]", path))
        return bool(parts & {"resourceGroupName", self.named_by, *self.within}) or bool(parts & self.replaced_by)

    def changes(self, state: Values, inputs: Values) -> dict[str, bool]:
        """Inputs that were changed or removed."""
        known = published.inputs_of(self.published_as)
        before = state.get(INPUTS) or {name: value for name, value in state.items() if name in known}
        return {path: self.is_replaced_by(path) for path in differing(known, before, inputs)}

    def preview(self, inputs: Values, state: Values | None) -> Values:
        """The known outputs: the inputs and the name."""
        shown = {name: value for name, value in inputs.items() if name in published.output_names(self.published_as)}
        before = {name: value for name, value in (state or {}).items() if name != INPUTS}
        return super().preview(shown, before if state else None) | {"name": inputs.get(self.named_by, UNKNOWN)}

    # What Azure does.

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Create it. Refused if there is a resource with its name."""
        with self.cloud.changing() as records:
            resource_id = self.id_of(records, inputs)
            if found(records, resource_id):
                raise CloudError(
                    self.what(inputs), "Conflict", f"cannot create already existing resource {resource_id}"
                )
            self._put(records, resource_id, inputs, None)
        return resource_id, self.after(resource_id, None)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Put it again."""
        with self.cloud.changing() as records:
            before = self.required(records, resource_id)
            self._put(records, resource_id, inputs, before)
        return self.after(resource_id, before)

    def delete(self, resource_id: str, state: Values) -> None:
        """Delete it. Refused while another resource uses it."""
        with self.cloud.changing() as records:
            record = found(records, resource_id)
            if record is None:
                return
            self.release(records, record)
            remove(records, resource_id)
        self.after_delete(record)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """Its current outputs."""
        records = self.cloud.records()
        record = found(records, resource_id)
        return None if record is None else self.outputs(records, record)

    @abstractmethod
    def build(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> Values:
        """Turns inputs into a record: outputs, and internal entries that start with _. Raises CloudError."""

    def view(self, records: Records, record: Values) -> Values:
        """Outputs that depend on other resources."""
        return {}

    def release(self, records: Records, record: Values) -> None:
        """Raise CloudError if another resource uses the record, which is about to be deleted."""

    def after(self, resource_id: str, before: Values | None) -> Values:
        """Runs after a create or update, without the lock. Returns the outputs."""
        records = self.cloud.records()
        return self.outputs(records, self.required(records, resource_id))

    def after_delete(self, record: Values) -> None:
        """Runs after a delete, without the lock."""

    # Records.

    def what(self, inputs: Values) -> str:
        """The resource's name in errors: type and name."""
        return f"{self.kind.rpartition('/')[2]} {inputs[self.named_by]}"

    def id_of(self, records: Records, inputs: Values) -> str:
        """The ID of the resource. Raises CloudError if its group does not exist."""
        group = inputs["resourceGroupName"]
        if found(records, self.cloud.group_id(group)) is None:
            message = f"Resource group '{group}' could not be found."
            raise CloudError(self.what(inputs), "ResourceGroupNotFound", message)
        return self.cloud.resource_id(group, self.kind, *(inputs[name] for name in (*self.within, self.named_by)))

    def required(self, records: Records, resource_id: str) -> Values:
        """Its record. Raises CloudError."""
        record = found(records, resource_id)
        if record is None:
            kind, name = self.kind, resource_id.rpartition("/")[2]
            raise CloudError(f"{kind} {name}", "ResourceNotFound", f"The Resource '{kind}/{name}' was not found.")
        return record

    def outputs(self, records: Records, record: Values) -> Values:
        """The outputs that the published provider has in its state."""
        own = {name: value for name, value in record.items() if not name.startswith(HIDDEN) and name != "id"}
        return own | self.view(records, record) | {INPUTS: record["_inputs"]}

    def _put(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> None:
        region = normal_location(inputs.get("location"))
        if before is not None and self.has_location and region != before["location"]:
            message = f"it already exists in location '{before['location']}'; it can't be moved to '{region}'"
            raise CloudError(self.what(inputs), "InvalidResourceLocation", message)
        record = {
            "id": resource_id,
            "name": inputs[self.named_by],
            "type": self.kind,
            "azureApiVersion": API_VERSIONS[self.kind.partition("/")[0]],
            **({"location": region} if self.has_location else {}),
            **({"tags": inputs["tags"]} if inputs.get("tags") else {}),
            "_type": self.kind,
        }
        if self.kind != GROUP:
            record["provisioningState"] = "Succeeded"
        built = self.build(records, resource_id, inputs, before)
        records[key(resource_id)] = record | built | {"_inputs": inputs}


def remove(records: Records, resource_id: str) -> None:
    """Remove a record, with all resources nested in it."""
    for each in [each for each in records if each == key(resource_id) or each.startswith(f"{key(resource_id)}/")]:
        del records[each]


def differing(known: Properties, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Paths of properties that differ, also within objects. Two spellings of a region are the same."""
    for name in dict.fromkeys((*after, *before)):
        old, new = before.get(name), after.get(name)
        if name.startswith("__") or (name == "location" and normal_location(old) == normal_location(new)):
            continue
        inside = isinstance(known[name].type, ObjectOf) if name in known else False
        if inside and isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from (f"{name}.{path}" for path in differing(published.nested(known[name].type), old, new))
        elif old != new or has_unknown(new):
            yield name
