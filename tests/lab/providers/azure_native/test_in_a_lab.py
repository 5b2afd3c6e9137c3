"""A machine of the stand-in as a real host: custom data, both kinds of public address, groups, disks, and its end."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.hosts import list_hosts, list_volumes
from lab.lab import OPERATOR, VISITOR, Lab
from lab.providers.azure_native.provider import FOLDER
from lab.providers.machines import LabMachines
from tests.lab.hosts.real_lab import USER, blocked, connects, lab_of, ssh, user_data
from tests.lab.providers.azure_native.cloud import Azure, disk_inputs, machine_inputs, rule
from tests.lab.providers.calling import Made

pytestmark = pytest.mark.lab

PUBLIC, PUBLIC_6 = "198.51.100.132", "2001:db8:180::4"
# What Azure's agent waits for; sshd has started by then, and does not show it.
AGENT_KEY = ["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", "/etc/ssh/ssh_host_rsa_key"]
LUN = "/dev/disk/azure/scsi1/lun{}"
SSH = [
    rule(f"ssh-{number}", 100 + number, sourceAddressPrefix=source, destinationPortRange="22")
    for number, source in enumerate(("192.0.2.10/32", "2001:db8:0:2::10/128"))
]


@dataclass
class Stack:
    """A lab with one machine, and what it is made of."""

    lab: Lab
    azure: Azure
    group: Made
    interface: Made
    disks: list[Made]
    machine: Made

    def inputs(self, *disks: Made) -> dict[str, Any]:
        """The machine with these disks."""
        return described(self.interface, *disks)


def described(interface: Made, *disks: Made) -> dict[str, Any]:
    """A machine that is told what hosts are told in the lab's own tests."""
    inputs = machine_inputs("azure-1", interface, *disks)
    inputs["osProfile"]["customData"] = base64.b64encode(user_data(AGENT_KEY)).decode()
    inputs["hardwareProfile"]["vmSize"] = "Standard_B2ts_v2"
    return inputs


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with lab_of("t-azure", tmp_path_factory.mktemp("lab")) as lab:
        azure = Azure(lab.root / FOLDER, lab=LabMachines(lab))
        group = azure.group_of("group", *SSH)
        interface = azure.open_interface("nic", group)
        disks = [azure.disk(name, 1) for name in ("one", "two")]
        machine = azure.make("VirtualMachine", "azure-1", **described(interface, disks[0]))
        ssh(lab, PUBLIC, "cloud-init status --wait")
        yield Stack(lab, azure, group, interface, disks, machine)


def test_custom_data_made_the_host_what_it_is(stack: Stack) -> None:
    told = ssh(stack.lab, PUBLIC, "whoami; hostname; sudo cat /etc/written; echo; ip -brief -6 address show eth0")
    assert told.splitlines()[:3] == [USER, "azure-1", "by cloud-init"]
    assert "fd4b::4/64" in told


def test_both_public_addresses_lead_to_it_from_where_the_group_says(stack: Stack) -> None:
    assert connects(stack.lab, OPERATOR, PUBLIC)
    assert connects(stack.lab, OPERATOR, PUBLIC_6)
    assert blocked(stack.lab, VISITOR, PUBLIC)
    assert blocked(stack.lab, VISITOR, PUBLIC_6)


def test_a_changed_group_is_in_force_at_once(stack: Stack) -> None:
    anyone = rule("anyone", 200, destinationPortRange="22")
    stack.azure.put("NetworkSecurityGroup", stack.group, securityRules=[*SSH, anyone])
    assert connects(stack.lab, VISITOR, PUBLIC)
    stack.azure.put("NetworkSecurityGroup", stack.group, securityRules=SSH)
    assert blocked(stack.lab, VISITOR, PUBLIC)


def test_a_disk_is_a_block_device_at_its_lun(stack: Stack) -> None:
    first = LUN.format(0)
    said = ssh(stack.lab, PUBLIC, f"sudo mkfs.ext4 -q {first} && sudo mount {first} /mnt && findmnt -no FSTYPE /mnt")
    assert said.strip() == "ext4"
    assert ssh(stack.lab, PUBLIC, f"sudo blockdev --getsize64 {first}").strip() == str(1024**3)


def test_disks_come_and_go_and_grow_while_it_runs(stack: Stack) -> None:
    both = stack.azure.put("VirtualMachine", stack.machine, **stack.inputs(*stack.disks))
    stack.azure.put("Disk", stack.disks[1], **disk_inputs(2))
    size = f"sudo blockdev --getsize64 {LUN.format(1)}"
    assert ssh(stack.lab, PUBLIC, size).strip() == str(2 * 1024**3)
    stack.azure.put("VirtualMachine", both, **stack.inputs(stack.disks[0]))
    assert ssh(stack.lab, PUBLIC, f"test -e {LUN.format(1)} || echo gone").strip() == "gone"


def test_a_group_that_goes_takes_host_and_volumes_along(stack: Stack) -> None:
    stack.azure.end("ResourceGroup", stack.azure.group)
    assert list_hosts(stack.lab) == []
    assert list_volumes(stack.lab) == []
    assert blocked(stack.lab, OPERATOR, PUBLIC)


def test_its_folder_keeps_nothing(stack: Stack) -> None:
    assert Path(stack.lab.root / FOLDER / "resources.json").read_text() == "{}"
