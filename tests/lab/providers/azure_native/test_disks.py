"""Managed disks: volumes of the lab, in a machine as a device at a lun."""

from typing import Any

import pytest

from lab.providers.azure_native.cloud import CloudError
from tests.lab.providers.azure_native.cloud import Azure, disk_inputs, machine_inputs

GIB = 1024**3


def test_a_disk_is_a_volume_of_its_size(azure: Azure) -> None:
    azure.disk("data", 10)
    assert list(azure.machines.volumes.values()) == [10 * GIB]


def test_a_disk_is_in_the_host_at_its_lun(azure: Azure) -> None:
    interface, disk = azure.interface("nic"), azure.disk("data")
    made = azure.make("VirtualMachine", "azure-1", **machine_inputs("azure-1", interface, disk))
    (volume,) = azure.machines.specs["azure-1"].volumes
    assert volume.id in azure.machines.volumes
    assert volume.paths == ("/dev/disk/azure/scsi1/lun0", "/dev/disk/azure/data/by-lun/0")
    shown = azure.caller("Disk").read(disk, {}).properties
    assert (shown["diskState"].value, shown["managedBy"].value) == ("Attached", made.resource_id)


def test_disks_come_and_go_while_the_machine_runs(azure: Azure) -> None:
    interface, one, other = azure.interface("nic"), azure.disk("one"), azure.disk("other")
    made = azure.make("VirtualMachine", "azure-1", **machine_inputs("azure-1", interface))
    made = azure.put("VirtualMachine", made, **machine_inputs("azure-1", interface, one, other))
    assert len(azure.machines.attached["azure-1"]) == 2
    azure.put("VirtualMachine", made, **machine_inputs("azure-1", interface, other))
    (left,) = azure.machines.attached["azure-1"].values()
    assert left.paths[0].endswith("lun0"), "it has moved up from lun 1"


def test_a_disk_outlives_its_machine(azure: Azure) -> None:
    disk = azure.disk("data")
    made = azure.make("VirtualMachine", "azure-1", **machine_inputs("azure-1", azure.interface("nic"), disk))
    with pytest.raises(CloudError, match="OperationNotAllowed: Disk data is attached to VM"):
        azure.end("Disk", disk)
    azure.end("VirtualMachine", made)
    assert len(azure.machines.volumes) == 1
    azure.end("Disk", disk)
    assert not azure.machines.volumes
    azure.end("Disk", disk)


def test_a_disk_grows_and_never_shrinks(azure: Azure) -> None:
    disk = azure.disk("data", 10)
    disk = azure.put("Disk", disk, **disk_inputs(20))
    assert list(azure.machines.volumes.values()) == [20 * GIB]
    with pytest.raises(CloudError, match="can't shrink, from 20 to 10 GB"):
        azure.put("Disk", disk, **disk_inputs(10))


def test_a_disk_is_for_one_machine(azure: Azure) -> None:
    disk = azure.disk("data")
    azure.make("VirtualMachine", "azure-1", **machine_inputs("azure-1", azure.interface("one"), disk))
    with pytest.raises(CloudError, match=r"Disk data is attached to VM .*azure-1 already"):
        azure.make("VirtualMachine", "azure-2", **machine_inputs("azure-2", azure.interface("two"), disk))


def test_a_disk_is_in_the_zone_of_its_machine(azure: Azure) -> None:
    disk, interface = azure.disk("data", zones=["1"]), azure.interface("nic")
    inputs = machine_inputs("azure-1", interface, disk)
    with pytest.raises(CloudError, match="not in the same zone as the VM"):
        azure.make("VirtualMachine", "azure-1", **inputs | {"zones": ["2"]})
    azure.make("VirtualMachine", "azure-1", **inputs | {"zones": ["1"]})


def test_luns_are_for_one_disk_each_and_few(azure: Azure) -> None:
    disks = [azure.disk(f"data-{number}") for number in range(5)]
    with pytest.raises(CloudError, match=r"maximum number of data disks .* is 4"):
        azure.make("VirtualMachine", "azure-1", **machine_inputs("azure-1", azure.interface("one"), *disks))
    inputs = machine_inputs("azure-2", azure.interface("two"), *disks[:2])
    inputs["storageProfile"]["dataDisks"][1]["lun"] = 0
    with pytest.raises(CloudError, match="luns 0, 0"):
        azure.make("VirtualMachine", "azure-2", **inputs)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"creationData": {"createOption": "Copy"}}, "the lab's disks begin Empty"),
        ({"diskSizeGB": 0}, "diskSizeGB 0 is not within 1 and 32767"),
        ({"diskSizeGB": None}, "diskSizeGB"),
        ({"sku": {"name": "Fast"}}, "sku.name Fast is none of"),
    ],
)
def test_refuses_disks_that_can_not_be(azure: Azure, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(CloudError, match=reason):
        azure.disk("data", **change)


def test_a_disk_stays_in_its_zone(azure: Azure) -> None:
    disk = azure.disk("data")
    with pytest.raises(CloudError, match="Changing property 'zones' is not allowed"):
        azure.put("Disk", disk, **disk_inputs() | {"zones": ["1"]})


def test_an_update_that_failed_half_way_is_finished_by_the_next(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    interface, old, new = azure.interface("nic"), azure.disk("old"), azure.disk("new")
    made = azure.make("VirtualMachine", "azure-1", **machine_inputs("azure-1", interface, old))

    def fail(name: str, volume: str) -> None:
        raise RuntimeError(f"host {name}: {volume} is in use")

    with monkeypatch.context() as patched:
        patched.setattr(azure.machines, "detach_volume", fail)
        with pytest.raises(RuntimeError, match="is in use"):
            azure.put("VirtualMachine", made, **machine_inputs("azure-1", interface, new))
    azure.put("VirtualMachine", made, **machine_inputs("azure-1", interface, new))
    (left,) = azure.machines.attached["azure-1"]
    assert left.endswith(new.outputs["uniqueId"])
