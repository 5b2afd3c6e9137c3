"""`azure-native.resources.ResourceGroup`: what Azure puts all else into. One that goes takes its content along."""

from collections.abc import Callable

from lab.providers.azure_native.azure_type import AzureType, remove
from lab.providers.azure_native.cloud import GROUP, Cloud, found, key
from lab.providers.records import Records
from lab.providers.stand_in import Values


class ResourceGroup(AzureType):
    """A group of resources, which can be of any region."""

    published_as = "azure-native:resources:ResourceGroup"
    kind = GROUP
    named_by = "resourceGroupName"
    name_pattern = r"[\w().-]{0,89}[\w()-]"
    replaced_by = frozenset({"location"})

    def __init__(self, cloud: Cloud, empty: Callable[[str], None]) -> None:
        """`empty` ends what runs in a group, given the beginning of the ids in it."""
        super().__init__(cloud)
        self._empty = empty

    def id_of(self, records: Records, inputs: Values) -> str:
        """A group is in no other."""
        return self.cloud.group_id(inputs[self.named_by])

    def build(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> Values:
        """A group has nothing of its own."""
        managed = {"managedBy": inputs["managedBy"]} if inputs.get("managedBy") else {}
        return {"properties": {"provisioningState": "Succeeded"}} | managed

    def delete(self, resource_id: str, state: Values) -> None:
        """End all that is in it, used or not, and then itself."""
        if found(self.cloud.records(), resource_id) is None:
            return
        self._empty(f"{key(resource_id)}/")
        with self.cloud.changing() as records:
            remove(records, resource_id)
