"""What an engine that was killed left behind in the cloud is removed, and nothing else."""

from pathlib import Path

from lab.lab import Lab
from lab.providers.azure_native.cloud import Cloud as AzureCloud
from lab.providers.azure_native.provider import FOLDER
from lab.providers.azure_native.recovery import remove_unknown
from tests.lab.providers.azure_native.cloud import Azure, machine_inputs, rule


def test_removes_what_no_state_knows_and_its_host(tmp_path: Path) -> None:
    azure = Azure(tmp_path / FOLDER)
    group = azure.group_of("group", rule("web", 100))
    interfaces = [azure.interface(name, group=group) for name in ("one", "two")]
    known, stranger = (azure.launch(name, nic) for name, nic in zip(("azure-1", "azure-2"), interfaces, strict=True))
    parts = (azure.group, azure.network, azure.subnet, group, *interfaces, known)
    ids = {part.resource_id.upper() for part in parts}
    removed = remove_unknown(Lab("test", tmp_path), ids, machines=azure.machines)
    assert removed == ["virtualMachines azure-2"]
    assert set(azure.machines.specs) == {"azure-1"}
    assert azure.caller("VirtualMachine").read(stranger, {}).resource_id == ""
    assert azure.caller("VirtualMachine").read(known, {}).resource_id == known.resource_id
    azure.launch("azure-2", interfaces[1])


def test_removes_all_in_the_order_that_azure_wants(tmp_path: Path) -> None:
    azure = Azure(tmp_path / FOLDER)
    interface, disks = azure.open_interface("nic", azure.group_of("group")), azure.caller("Disk")
    disk = azure.disk("data")
    azure.make("VirtualMachine", "azure-1", **machine_inputs("azure-1", interface, disk))
    removed = remove_unknown(Lab("test", tmp_path), (), {disks.urn}, azure.machines)
    assert [line.split()[0] for line in removed] == [
        "virtualMachines",
        "disks",
        "networkInterfaces",
        "publicIPAddresses",
        "publicIPAddresses",
        "subnets",
        "virtualNetworks",
        "networkSecurityGroups",
        "resourceGroups",
    ]
    assert not azure.machines.volumes
    assert not azure.machines.specs


def test_leaves_what_something_known_uses(tmp_path: Path) -> None:
    azure = Azure(tmp_path / FOLDER)
    known = azure.interface("nic").resource_id
    assert remove_unknown(Lab("test", tmp_path), {known}, machines=azure.machines) == []


def test_a_lab_without_a_cloud_has_nothing_to_remove(tmp_path: Path) -> None:
    assert remove_unknown(Lab("test", tmp_path), ()) == []


def test_leaves_disks_that_were_taken_out_of_a_state_and_their_group(tmp_path: Path) -> None:
    azure = Azure(tmp_path / FOLDER)
    azure.disk("data")
    removed = remove_unknown(Lab("test", tmp_path), (), machines=azure.machines)
    assert removed == ["subnets hosts", "virtualNetworks net"]
    assert len(azure.machines.volumes) == 1


def test_hosts_have_the_addresses_and_filters_of_the_records(tmp_path: Path) -> None:
    azure = Azure(tmp_path / FOLDER)
    azure.launch("azure-1", azure.open_interface("nic"))
    wanted = azure.machines.public["azure-1"], azure.machines.firewalls["azure-1"]
    azure.machines.public["azure-1"], azure.machines.firewalls["azure-1"] = (None, None), ()
    known = {record["id"] for record in AzureCloud(tmp_path / FOLDER).records().values()}
    remove_unknown(Lab("test", tmp_path), known, machines=azure.machines)
    assert (azure.machines.public["azure-1"], azure.machines.firewalls["azure-1"]) == wanted
