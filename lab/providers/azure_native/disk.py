"""`azure-native.compute.Disk`: a managed disk. In the lab it is a block volume. Also the records of OS disks."""

import uuid

from lab.providers.azure_native.azure_type import API_VERSIONS, AzureType
from lab.providers.azure_native.cloud import WITH_PARENT, Cloud, CloudError, found, key, now, reference, same_id
from lab.providers.azure_native.firewall import MACHINES
from lab.providers.machines import Machines
from lab.providers.records import Records, of_type
from lab.providers.server import CURRENT_URN
from lab.providers.stand_in import Values

KIND = "Microsoft.Compute/disks"
GIB = 1024**3
SIZES_GB = range(1, 32768)
SKUS = (
    "Standard_LRS",
    "StandardSSD_LRS",
    "StandardSSD_ZRS",
    "Premium_LRS",
    "Premium_ZRS",
    "PremiumV2_LRS",
    "UltraSSD_LRS",
)
DEFAULT_SKU = "Standard_LRS"
MADE_FOR = "_made_for"
"""The entry with the URN of the disk in the engine."""
FOR_LIFE = ("zones", "creationData")


class Disk(AzureType):
    """A disk. It can grow, also while it is attached, but never shrink."""

    published_as = "azure-native:compute:Disk"
    kind = KIND
    named_by = "diskName"
    name_pattern = r"\w[\w.-]{0,79}"
    replaced_by = frozenset({"location"})

    def __init__(self, cloud: Cloud, machines: Machines) -> None:
        super().__init__(cloud)
        self.machines = machines

    def build(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> Values:
        """Check its source and its size."""
        what = self.what(inputs)
        data, sku = inputs["creationData"], (inputs.get("sku") or {}).get("name", DEFAULT_SKU)
        if before is None and data.get("createOption") != "Empty":
            message = f"createOption {data.get('createOption')}: the lab's disks begin Empty"
            raise CloudError(what, "NotInTheLab", message)
        if sku not in SKUS:
            raise CloudError(what, "InvalidParameter", f"sku.name {sku} is none of {', '.join(SKUS)}")
        size = inputs.get("diskSizeGB") or 0
        if size not in SIZES_GB:
            message = f"diskSizeGB {size} is not within {SIZES_GB.start} and {SIZES_GB.stop - 1}"
            raise CloudError(what, "InvalidParameter", message)
        if before is not None:
            check_update(inputs, before, what)
        return own_properties(before) | {
            "creationData": data,
            "diskSizeGB": size,
            "diskSizeBytes": size * GIB,
            "networkAccessPolicy": inputs.get("networkAccessPolicy", "AllowAll"),
            "publicNetworkAccess": inputs.get("publicNetworkAccess", "Enabled"),
            "sku": {"name": sku, "tier": sku.partition("_")[0]},
            **({"zones": inputs["zones"]} if inputs.get("zones") else {}),
        }

    def after(self, resource_id: str, before: Values | None) -> Values:
        """Create the volume, or make it larger."""
        record = self.required(self.cloud.records(), resource_id)
        if before is None:
            try:
                self.machines.create_volume(record["_volume"], record["diskSizeBytes"])
            except Exception:
                with self.cloud.changing() as records:
                    records.pop(key(resource_id), None)
                raise
        elif record["diskSizeBytes"] > before["diskSizeBytes"]:
            self.machines.grow_volume(record["_volume"], record["diskSizeBytes"])
        return super().after(resource_id, before)

    def view(self, records: Records, record: Values) -> Values:
        """The machine that it is attached to."""
        machine = user_of(records, record["id"])
        return {"diskState": "Attached", "managedBy": machine["id"]} if machine else {"diskState": "Unattached"}

    def release(self, records: Records, record: Values) -> None:
        """Refuse while it is attached to a machine."""
        if machine := user_of(records, record["id"]):
            message = f"Disk {record['name']} is attached to VM {machine['id']}; detach it first"
            raise CloudError(f"disks {record['name']}", "OperationNotAllowed", message)
        if record.get("_volume"):
            self.machines.delete_volume(record["_volume"])


def check_update(inputs: Values, before: Values, what: str) -> None:
    """Raise CloudError for changes that a disk does not allow."""
    for name in FOR_LIFE:
        if (before.get(name) or []) != (inputs.get(name) or []):
            raise CloudError(what, "PropertyChangeNotAllowed", f"Changing property '{name}' is not allowed.")
    if inputs["diskSizeGB"] < before["diskSizeGB"]:
        message = f"a disk can't shrink, from {before['diskSizeGB']} to {inputs['diskSizeGB']} GB"
        raise CloudError(what, "ResizeDiskError", message)


def own_properties(before: Values | None) -> Values:
    """Outputs of a disk that do not come from inputs."""
    unique = before["uniqueId"] if before else str(uuid.uuid4())
    return {
        "uniqueId": unique,
        "timeCreated": before["timeCreated"] if before else now(),
        "_volume": f"azure-{unique}",
        MADE_FOR: before[MADE_FOR] if before else CURRENT_URN.get(),
    }


def system_disk(disk: Values, region: str, zones: list[str] | None) -> Values:
    """The record of a machine's OS disk. In the lab the host has its content, so the disk has no volume."""
    sku = disk["managedDisk"]["storageAccountType"]
    return {
        "id": disk["managedDisk"]["id"],
        "name": disk["name"],
        "type": KIND,
        "azureApiVersion": API_VERSIONS["Microsoft.Compute"],
        "location": region,
        "provisioningState": "Succeeded",
        "creationData": {"createOption": "FromImage"},
        "osType": "Linux",
        "sku": {"name": sku, "tier": sku.partition("_")[0]},
        "timeCreated": now(),
        "uniqueId": str(uuid.uuid4()),
        **({"zones": zones} if zones else {}),
        "_type": KIND,
        "_inputs": {},
        WITH_PARENT: True,
    }


def user_of(records: Records, disk_id: str) -> Values | None:
    """The machine that a disk is attached to."""
    for machine in of_type(records, MACHINES):
        storage = machine["storageProfile"]
        disks = [storage["osDisk"], *storage["dataDisks"]]
        if any(same_id(reference(disk.get("managedDisk")), disk_id) for disk in disks):
            return machine
    return None


def volume_of(records: Records, disk_id: str) -> str:
    """The lab's volume for a data disk."""
    record = found(records, disk_id) or {}
    return str(record.get("_volume", ""))
