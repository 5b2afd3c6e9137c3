"""The disks of a machine: its OS disk, and the managed disks that are attached to it at a LUN."""

import uuid

from lab.providers.azure_native.cloud import CloudError, found, key, normal_location, reference, required, same_id
from lab.providers.azure_native.disk import DEFAULT_SKU, GIB, KIND, system_disk, user_of
from lab.providers.azure_native.sizes import Size
from lab.providers.records import Records
from lab.providers.stand_in import Values

IMAGE_GB = 30
"""The disk size of Debian's and Ubuntu's images."""
LUNS = range(64)


def storage_profile(records: Records, machine_id: str, inputs: Values, size: Size, before: Values | None) -> Values:
    """storageProfile as Azure returns it. Creates the OS disk. Raises CloudError."""
    what = f"virtualMachines {inputs['vmName']}"
    profile = inputs.get("storageProfile") or {}
    data_disks = profile.get("dataDisks") or []
    check_luns(data_disks, size, what)
    image = profile["imageReference"]
    exact = before["storageProfile"]["imageReference"]["exactVersion"] if before else exact_version(image)
    return {
        "imageReference": image | {"exactVersion": exact},
        "osDisk": system_disk_of(records, machine_id, inputs, before, what),
        "dataDisks": [data_disk(records, machine_id, inputs, disk, what) for disk in data_disks],
        "diskControllerType": profile.get("diskControllerType", "SCSI"),
    }


def exact_version(image: Values) -> str:
    """The version of an image. For `latest`, the newest version, which in the lab is only a name."""
    return "0.20250101.1" if image["version"] == "latest" else str(image["version"])


def system_disk_of(records: Records, machine_id: str, inputs: Values, before: Values | None, what: str) -> Values:
    """osDisk as Azure returns it. For a new machine, creates its record. Raises CloudError."""
    given = (inputs.get("storageProfile") or {}).get("osDisk") or {"createOption": "FromImage"}
    if given["createOption"] != "FromImage":
        message = f"osDisk.createOption {given['createOption']}: the lab's machines start FromImage"
        raise CloudError(what, "NotInTheLab", message)
    size = given.get("diskSizeGB", IMAGE_GB)
    least = before["storageProfile"]["osDisk"]["diskSizeGB"] if before else IMAGE_GB
    if size < least:
        message = f"The specified disk size {size} GB is smaller than the size of the corresponding disk: {least} GB"
        raise CloudError(what, "ResizeDiskError" if before else "InvalidParameter", message)
    made_up = (
        before["storageProfile"]["osDisk"]["name"] if before else f"{inputs['vmName']}_OsDisk_1_{uuid.uuid4().hex}"
    )
    name = given.get("name") or made_up
    disk_id = f"{machine_id.rpartition('/providers/')[0]}/providers/{KIND}/{name}"
    managed = given.get("managedDisk") or {}
    disk = {
        "caching": given.get("caching", "ReadWrite"),
        "createOption": "FromImage",
        "deleteOption": given.get("deleteOption", "Detach"),
        "diskSizeGB": size,
        "managedDisk": {"id": disk_id, "storageAccountType": managed.get("storageAccountType", DEFAULT_SKU)},
        "name": name,
        "osType": "Linux",
    }
    existing = found(records, disk_id)
    if before is None and existing:
        message = (
            f"Disk {name} already exists in resource group. Only CreateOption.Attach is supported."
            " Was it left by a machine that is gone? Then delete it, and give osDisk the deleteOption Delete"
        )
        raise CloudError(what, "ConflictingUserInput", message)
    grown = {"diskSizeGB": size, "diskSizeBytes": size * GIB}
    record = existing or system_disk(disk, normal_location(inputs["location"]), inputs.get("zones"))
    records[key(disk_id)] = record | grown
    return disk


def check_luns(disks: list[Values], size: Size, what: str) -> None:
    """Raise CloudError for too many data disks, or for two with the same LUN."""
    if len(disks) > size.data_disks:
        message = f"The maximum number of data disks allowed to be attached to a VM of this size is {size.data_disks}."
        raise CloudError(what, "OperationNotAllowed", message)
    luns = [disk.get("lun") for disk in disks]
    if len(set(luns)) < len(luns) or any(lun not in LUNS for lun in luns):
        message = f"luns {', '.join(map(str, luns))}: each must be one of 0 to {LUNS.stop - 1}, for one disk"
        raise CloudError(what, "InvalidParameter", message)


def data_disk(records: Records, machine_id: str, inputs: Values, given: Values, what: str) -> Values:
    """One of dataDisks as Azure returns it. Raises CloudError."""
    if given["createOption"] != "Attach":
        message = f"dataDisks.createOption {given['createOption']}: make a managed disk, and Attach it"
        raise CloudError(what, "NotInTheLab", message)
    disk = required(records, KIND, reference(given.get("managedDisk")), what)
    name = disk["name"]
    user = user_of(records, disk["id"])
    if user and not same_id(user["id"], machine_id):
        message = f"Disk {name} is attached to VM {user['id']} already; a disk is for one machine"
        raise CloudError(what, "AttachDiskWhileBeingDetached", message)
    if disk["location"] != normal_location(inputs["location"]):
        message = f"Disk {name} is in {disk['location']}, and the machine in {inputs['location']}"
        raise CloudError(what, "InvalidResourceReference", message)
    place, wanted = "".join(disk.get("zones") or []), "".join(inputs.get("zones") or [])
    redundant = disk["sku"]["name"].endswith("_ZRS")
    if place != wanted and not redundant:
        message = (
            f"Disk {name} cannot be attached to the VM because it is not in the same zone as the VM."
            f" VM zone: '{wanted}'. Disk zone: '{place}'."
        )
        raise CloudError(what, "BadRequest", message)
    return {
        "caching": given.get("caching", "None"),
        "createOption": "Attach",
        "deleteOption": given.get("deleteOption", "Detach"),
        "diskSizeGB": disk["diskSizeGB"],
        "lun": given["lun"],
        "managedDisk": {"id": disk["id"], "storageAccountType": disk["sku"]["name"]},
        "name": name,
        "toBeDetached": False,
    }
