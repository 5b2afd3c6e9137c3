"""`azure-native.resources.ResourceGroup`: contains all other resources. Deleting a group deletes its content."""

from collections.abc import Callable

from lab.providers.azure_native.azure_type import AzureType, remove
from lab.providers.azure_native.cloud import GROUP, Cloud, found, key
from lab.providers.records import Records
from lab.providers.stand_in import Values


class ResourceGroup(AzureType):
    """A group of resources. They can be in any region."""

    published_as = "azure-native:resources:ResourceGroup"
    kind = GROUP
    named_by = "resourceGroupName"
    name_pattern = r"[\w().-]{0,89}[\w()-]"
    replaced_by = frozenset({"location"})

    def __init__(self, cloud: Cloud, empty: Callable[[str], None]) -> None:
        """`empty` deletes the hosts and volumes in a group, by the prefix of their IDs."""
        super().__init__(cloud)
        self._empty = empty

    def id_of(self, records: Records, inputs: Values) -> str:
        """The ID of the group. A group is not in another group."""
        return self.cloud.group_id(inputs[self.named_by])

    def build(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> Values:
        """A group has no more outputs."""
        managed = {"managedBy": inputs["managedBy"]} if inputs.get("managedBy") else {}
        return {"properties": {"provisioningState": "Succeeded"}} | managed

    def delete(self, resource_id: str, state: Values) -> None:
        """Delete everything in the group, used or not. Then delete the group."""
        if found(self.cloud.records(), resource_id) is None:
            return
        self._empty(f"{key(resource_id)}/")
        with self.cloud.changing() as records:
            remove(records, resource_id)
