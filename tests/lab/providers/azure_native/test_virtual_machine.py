"""Machines: the host that they become, what changes in place and how, what Azure refuses."""

import asyncio
from typing import Any

import pytest
from pulumi.provider.experimental import provider as sdk

from lab.providers import published
from lab.providers.azure_native import launch
from lab.providers.azure_native.cloud import CloudError
from lab.providers.properties import UNKNOWN, plain_map, value
from lab.providers.server import PartlyCreated
from tests.lab.providers.azure_native.cloud import ARM_IMAGE, GROUP, IMAGE, KEY, Azure, machine_inputs
from tests.lab.providers.calling import Made

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"


def changed(name: str, part: str, azure: Azure, **other: Any) -> dict[str, Any]:
    """Inputs of a machine with an interface of its own, of which a part is otherwise."""
    inputs = machine_inputs(name, azure.interface(f"{name}-nic"))
    return inputs | {part: inputs[part] | other}


def test_outputs_and_ids_are_azures(azure: Azure) -> None:
    made = azure.launch("azure-1", azure.interface("nic"))
    names = {name for name in made.outputs if name != "__inputs"}
    assert names <= published.output_names(azure.caller("VirtualMachine").token)
    beginning = f"{SUBSCRIPTION}/resourceGroups/{GROUP}/providers"
    assert made.resource_id == f"{beginning}/Microsoft.Compute/virtualMachines/azure-1"
    disk = made.outputs["storageProfile"]["osDisk"]["managedDisk"]["id"]
    assert disk == f"{beginning}/Microsoft.Compute/disks/azure-1-system"
    assert made.outputs["provisioningState"] == "Succeeded"
    assert made.outputs["location"] == "westeurope", "the group's, as none was named"


def test_the_host_is_what_was_asked_for(azure: Azure) -> None:
    made = azure.launch("azure-1", azure.open_interface("nic"))
    spec = azure.machines.specs["azure-1"]
    assert (spec.cloud, spec.user_data, spec.authorized_keys) == ("azure", b"#cloud-config\n", (KEY,))
    assert spec.instance_id == made.outputs["vmId"]
    assert (spec.private_address, spec.gateway) == ("10.1.0.4", "10.1.0.1")
    assert (spec.subnet, spec.network) == ("10.1.0.0/24", "10.1.0.0/16")
    assert (spec.ipv6, spec.ipv6_subnet, spec.ipv6_network) == ("fd4b::4", "fd4b::/64", "fd4b::/48")
    assert (spec.public_address, spec.public_ipv6) == ("198.51.100.132", "2001:db8:180::4")
    assert (spec.memory_bytes, spec.cpus) == (8 * 1024**3, 2)


def test_a_host_without_an_rsa_key_is_never_provisioned(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "AGENT_SECONDS", 0.0)
    azure.machines.missing_files = frozenset({"/etc/ssh/ssh_host_rsa_key.pub"})
    interface = azure.interface("nic")
    inputs = azure.inputs("VirtualMachine", "azure-1", **machine_inputs("azure-1", interface))
    caller = azure.caller("VirtualMachine")
    late = r"OSProvisioningTimedOut.*waits for /etc/ssh/ssh_host_rsa_key\.pub"
    with pytest.raises(PartlyCreated, match=late) as failed:
        caller.create(**inputs)
    made = Made(failed.value.resource_id, failed.value.outputs)
    assert made.outputs["provisioningState"] == "Failed"
    assert "__inputs" in made.secrets
    with pytest.raises(CloudError, match=r"NicInUse|cannot create already existing"):
        azure.launch("azure-2", interface)

    # It stays as it is until it is changed with better luck, or deleted.
    assert plain_map(caller.read(made, failed.value.inputs).properties)["provisioningState"] == "Failed"
    with pytest.raises(PartlyCreated, match=late):
        caller.update(made, **inputs)
    azure.machines.missing_files = frozenset()
    assert caller.update(made, **inputs).outputs["provisioningState"] == "Succeeded"
    caller.delete(made)
    assert azure.machines.specs == {}


def test_the_computers_name_is_the_hosts(azure: Azure) -> None:
    inputs = machine_inputs("azure-1", azure.interface("nic"))
    azure.make("VirtualMachine", "lab-azure-1", **inputs)
    assert list(azure.machines.specs) == ["azure-1"]


def test_two_hosts_have_two_names(azure: Azure) -> None:
    azure.machines.on["azure-1"] = True  # one of another cloud
    azure.launch("azure-1", azure.interface("nic"))
    assert "azure-1-2" in azure.machines.specs


def test_arm_machines_run_as_what_this_computer_is(azure: Azure) -> None:
    inputs = changed("azure-1", "storageProfile", azure, imageReference=ARM_IMAGE)
    azure.make("VirtualMachine", "azure-1", **inputs | {"hardwareProfile": {"vmSize": "Standard_B2pls_v2"}})
    assert azure.machines.specs["azure-1"].memory_bytes == 4 * 1024**3


def test_custom_data_is_no_output(azure: Azure) -> None:
    inputs = machine_inputs("azure-1", azure.interface("nic"))
    inputs["osProfile"]["customData"] = value("c2VjcmV0", secret=True)
    made = azure.make("VirtualMachine", "azure-1", **inputs)
    assert "customData" not in made.outputs["osProfile"]
    assert "__inputs" in made.secrets, "what was asked for is in the state, encrypted"
    assert (azure.folder / "resources.json").stat().st_mode & 0o077 == 0


def test_a_refresh_keeps_the_custom_data_that_azure_does_not_tell(azure: Azure) -> None:
    inputs = azure.inputs("VirtualMachine", "azure-1", **machine_inputs("azure-1", azure.interface("nic")))
    caller = azure.caller("VirtualMachine")
    made, checked = caller.create(**inputs), caller.check(**inputs)
    again = plain_map(caller.read(made, checked).inputs)
    assert again == plain_map(checked)
    assert not caller.diff(made, **inputs).changes


def test_a_refresh_finds_a_host_that_is_gone(azure: Azure) -> None:
    made = azure.launch("azure-1", azure.interface("nic"))
    azure.machines.delete("azure-1")
    assert azure.caller("VirtualMachine").read(made, {}).resource_id == ""


def test_a_machine_that_fails_leaves_nothing(azure: Azure) -> None:
    interface = azure.interface("nic")
    azure.machines.failure = "host azure-1: did not start"
    with pytest.raises(RuntimeError, match="did not start"):
        azure.launch("azure-1", interface)
    assert not azure.machines.specs
    azure.machines.failure = ""
    azure.launch("azure-1", interface)


def test_a_second_one_of_its_name_is_refused(azure: Azure) -> None:
    azure.launch("azure-1", azure.interface("nic"))
    with pytest.raises(CloudError, match="cannot create already existing resource"):
        azure.launch("Azure-1", azure.interface("nic2"))


@pytest.mark.parametrize(
    ("part", "change", "reason"),
    [
        ("hardwareProfile", {"vmSize": "Standard_B9z"}, "SkuNotAvailable: .* Standard_B9z is currently not available"),
        ("hardwareProfile", {"vmSize": "Standard_B2pls_v2"}, "only supports a CPU Architecture of 'Arm64'"),
        ("storageProfile", {"imageReference": ARM_IMAGE}, "with CPU Architecture 'Arm64' was given"),
        ("storageProfile", {"imageReference": {"id": "x"}}, "imageReference.publisher is missing"),
        ("storageProfile", {"osDisk": {"createOption": "FromImage", "diskSizeGB": 20}}, "20 GB is smaller than"),
        ("storageProfile", {"osDisk": {"createOption": "Attach"}}, "start FromImage"),
        ("storageProfile", {"dataDisks": [{"lun": 0, "createOption": "Empty"}]}, "make a managed disk"),
        ("networkProfile", {"networkInterfaces": []}, "has just one"),
        ("networkProfile", {"networkInterfaces": [{"id": "x"}]}, "InvalidResourceReference"),
        ("osProfile", {"adminUsername": None}, "'adminUsername' is missing"),
        ("osProfile", {"linuxConfiguration": {}}, "'adminPassword' is missing"),
        ("osProfile", {"linuxConfiguration": {"disablePasswordAuthentication": True}}, "needs a key"),
    ],
)
def test_refuses_what_azure_does(azure: Azure, part: str, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(CloudError, match=reason):
        azure.make("VirtualMachine", "azure-1", **changed("azure-1", part, azure, **change))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"adminUsername": "root"}, "Admin Username specified is not allowed"),
        ({"adminPassword": "x"}, "no password logs in"),
        ({"computerName": "a_b"}, "is no host name"),
        ({"customData": "#cloud-config"}, "must be in Base64"),
        ({"customData": "A" * 90000}, "maximum length of 87380"),
        ({"linuxConfiguration": {"disablePasswordAuthentication": False}}, "no password logs in"),
        (
            {"linuxConfiguration": {"ssh": {"publicKeys": [{"path": "/root/.ssh/authorized_keys"}]}}},
            "path is limited to /home/operator/.ssh/authorized_keys",
        ),
        ({"linuxConfiguration": {"ssh": {"publicKeys": [{"keyData": "ssh-dss A"}]}}}, "no RSA or Ed25519 key"),
    ],
)
def test_refuses_in_a_preview_what_can_be_seen_there(azure: Azure, change: dict[str, Any], reason: str) -> None:
    inputs = azure.inputs("VirtualMachine", "azure-1", **changed("azure-1", "osProfile", azure, **change))
    with pytest.raises(ValueError, match=reason):
        azure.caller("VirtualMachine").check(**inputs)


def test_burstable_machines_are_not_for_spot(azure: Azure) -> None:
    inputs = machine_inputs("azure-1", azure.interface("nic")) | {"priority": "Spot", "evictionPolicy": "Deallocate"}
    with pytest.raises(CloudError, match=r"burstable sizes \(B…\) can't"):
        azure.make("VirtualMachine", "azure-1", **inputs)
    inputs["hardwareProfile"] = {"vmSize": "Standard_D2s_v5"}
    assert azure.make("VirtualMachine", "azure-1", **inputs).outputs["evictionPolicy"] == "Deallocate"


def test_an_eviction_policy_is_for_spot_only(azure: Azure) -> None:
    with pytest.raises(CloudError, match="Eviction policy can be set only on Azure Spot"):
        azure.launch("azure-1", azure.interface("nic"), evictionPolicy="Delete")


def test_an_interface_is_for_one_machine(azure: Azure) -> None:
    interface = azure.interface("nic")
    azure.launch("azure-1", interface)
    with pytest.raises(CloudError, match=r"NicInUse: .* is used by existing resource"):
        azure.launch("azure-2", interface)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"osProfile": {"customData": "bmV3"}}, r"'osProfile\.customData' is not allowed"),
        ({"storageProfile": {"imageReference": IMAGE | {"version": "0.1"}}}, "imageReference.version' is not allowed"),
        ({"zones": ["1"]}, "'zones' is not allowed"),
        ({"priority": "Spot", "hardwareProfile": {"vmSize": "Standard_D2s_v5"}}, "'priority' is not allowed"),
    ],
)
def test_what_azure_refuses_to_change_fails_as_an_update(azure: Azure, change: dict[str, Any], line: str) -> None:
    """The published provider replaces for none of these: who wants a new machine has to say so."""
    inputs = machine_inputs("azure-1", azure.interface("nic"))
    made = azure.make("VirtualMachine", "azure-1", **inputs)
    whole = {name: inputs[name] | change[name] if isinstance(change[name], dict) else change[name] for name in change}
    after = azure.inputs("VirtualMachine", "azure-1", **inputs | whole)
    diff = azure.caller("VirtualMachine").diff(made, **after)
    assert diff.changes
    assert not diff.replaces
    with pytest.raises(CloudError, match=line):
        azure.caller("VirtualMachine").update(made, **after)


def test_another_name_region_or_group_is_another_machine(azure: Azure) -> None:
    inputs = azure.inputs("VirtualMachine", "azure-1", **machine_inputs("azure-1", azure.interface("nic")))
    caller, inputs = azure.caller("VirtualMachine"), inputs | {"location": "westeurope"}
    made = caller.create(**inputs)
    for name, other in (("vmName", "azure-9"), ("location", "northeurope"), ("resourceGroupName", "other")):
        assert caller.diff(made, **inputs | {name: other}).replaces == [name]
    assert not caller.diff(made, **inputs | {"location": "West Europe"}).changes


def test_another_size_comes_with_a_restart(azure: Azure) -> None:
    interface = azure.interface("nic")
    made = azure.launch("azure-1", interface)
    inputs = machine_inputs("azure-1", interface) | {"hardwareProfile": {"vmSize": "Standard_B4s_v2"}}
    again = azure.put("VirtualMachine", made, **inputs)
    assert azure.machines.reboots == ["azure-1"]
    assert again.outputs["hardwareProfile"]["vmSize"] == "Standard_B4s_v2"


def test_what_is_no_longer_given_is_taken_away(azure: Azure) -> None:
    interface = azure.interface("nic")
    made = azure.launch("azure-1", interface, tags={"stack": "lab"})
    inputs = azure.inputs("VirtualMachine", "azure-1", **machine_inputs("azure-1", interface))
    assert azure.caller("VirtualMachine").diff(made, **inputs).diffs == ["tags"]
    assert "tags" not in azure.put("VirtualMachine", made, **machine_inputs("azure-1", interface)).outputs


def test_a_preview_touches_nothing_and_knows_what_is_given(azure: Azure) -> None:
    inputs = machine_inputs("azure-1", azure.interface("nic"))
    inputs["networkProfile"] = {"networkInterfaces": [{"id": UNKNOWN}]}
    inputs["osProfile"] |= {"customData": UNKNOWN, "linuxConfiguration": {"ssh": {"publicKeys": UNKNOWN}}}
    whole = azure.inputs("VirtualMachine", "azure-1", **inputs)
    outputs = azure.caller("VirtualMachine").create(preview=True, **whole).outputs
    assert (outputs["vmId"], outputs["name"]) == (UNKNOWN, "azure-1")
    assert not azure.machines.specs


def test_the_systems_disk_stays_unless_it_is_to_go(azure: Azure) -> None:
    inputs = machine_inputs("azure-1", azure.interface("nic"))
    inputs["storageProfile"]["osDisk"] |= {"deleteOption": "Detach"}
    made = azure.make("VirtualMachine", "azure-1", **inputs)
    azure.end("VirtualMachine", made)
    with pytest.raises(CloudError, match="ConflictingUserInput: Disk azure-1-system already exists"):
        azure.make("VirtualMachine", "azure-1", **inputs)


def test_a_deleted_machine_can_be_made_again(azure: Azure) -> None:
    interface = azure.interface("nic")
    for _ in range(2):
        azure.end("VirtualMachine", azure.launch("azure-1", interface))
    assert not azure.machines.specs


def test_a_lookup_finds_what_is_there(azure: Azure) -> None:
    azure.address("a")
    arguments = {"resourceGroupName": value(GROUP), "publicIpAddressName": value("a")}
    token = "azure-native:network:getPublicIPAddress"
    request = sdk.InvokeRequest(token, arguments)
    found = plain_map(asyncio.run(azure.provider.invoke(request)).return_value or {})
    assert found["ipAddress"] == "198.51.100.132"
    assert set(found) <= published.output_names(token)
