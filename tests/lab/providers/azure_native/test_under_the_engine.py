"""The azure-native stand-in under the real engine: previews, updates, disks, secrets, refusals, an empty end."""

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation

from tests.lab.providers.azure_native.cloud import IMAGE, KEY
from tests.lab.providers.azure_native.machines import LastingMachines
from tests.lab.providers.programs import executable, program

pytestmark = pytest.mark.lab

SECRET = "the key of the tailnet"
PARTS = 7
"""Resources of the program below, the stack's own left out, without a disk."""


@dataclass
class Wanted:
    """What the program below is to make; tests change it."""

    ports: list[str] = field(default_factory=lambda: ["443"])
    disk_gb: int = 0
    size: str = "Standard_B2s_v2"
    subnet: str = "10.1.0.0/24"
    secret: str = SECRET
    ignore: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


def network_and_machine(wanted: Wanted) -> None:
    """A group, a network, a public address, an interface, and a machine that is told a secret; perhaps a disk."""
    from pulumi_azure_native import compute, network, resources

    group = resources.ResourceGroup("group", resource_group_name="test", location="westeurope")
    inside = {"resource_group_name": group.name}
    whole = network.VirtualNetwork(
        "net", address_space=network.AddressSpaceArgs(address_prefixes=["10.1.0.0/16", "fd4b::/48"]), **inside
    )
    subnet = network.Subnet(
        "hosts", virtual_network_name=whole.name, address_prefixes=[wanted.subnet, "fd4b::/64"], **inside
    )
    security = network.NetworkSecurityGroup(
        "security",
        security_rules=[
            network.SecurityRuleArgs(
                name="web",
                priority=100,
                direction="Inbound",
                access="Allow",
                protocol="Tcp",
                source_address_prefix="192.0.2.0/24",
                source_port_range="*",
                destination_address_prefix="*",
                destination_port_ranges=wanted.ports,
            )
        ],
        **inside,
    )
    address = network.PublicIPAddress(
        "address",
        sku=network.PublicIPAddressSkuArgs(name="Standard"),
        public_ip_allocation_method="Static",
        **inside,
    )
    interface = network.NetworkInterface(
        "interface",
        ip_configurations=[
            network.NetworkInterfaceIPConfigurationArgs(
                name="ipv4",
                subnet=network.SubnetArgs(id=subnet.id),
                public_ip_address=network.PublicIPAddressArgs(id=address.id),
            )
        ],
        network_security_group=network.NetworkSecurityGroupArgs(id=security.id),
        **inside,
    )
    disk = (
        compute.Disk(
            "data",
            creation_data=compute.CreationDataArgs(create_option="Empty"),
            disk_size_gb=wanted.disk_gb,
            **inside,
        )
        if wanted.disk_gb
        else None
    )
    machine = compute.VirtualMachine(
        "machine",
        vm_name="azure-1",
        hardware_profile=compute.HardwareProfileArgs(vm_size=wanted.size),
        network_profile=compute.NetworkProfileArgs(
            network_interfaces=[compute.NetworkInterfaceReferenceArgs(id=interface.id, primary=True)]
        ),
        os_profile=compute.OSProfileArgs(
            admin_username="operator",
            computer_name="azure-1",
            custom_data=pulumi.Output.secret(base64.b64encode(wanted.secret.encode()).decode()),
            linux_configuration=compute.LinuxConfigurationArgs(
                disable_password_authentication=True,
                ssh=compute.SshConfigurationArgs(
                    public_keys=[compute.SshPublicKeyArgs(path="/home/operator/.ssh/authorized_keys", key_data=KEY)]
                ),
            ),
        ),
        storage_profile=compute.StorageProfileArgs(
            image_reference=compute.ImageReferenceArgs(**IMAGE),
            os_disk=compute.OSDiskArgs(create_option="FromImage", delete_option="Delete"),
            data_disks=[
                compute.DataDiskArgs(
                    lun=0, create_option="Attach", managed_disk=compute.ManagedDiskParametersArgs(id=disk.id)
                )
            ]
            if disk
            else None,
        ),
        opts=pulumi.ResourceOptions(ignore_changes=list(wanted.ignore), delete_before_replace=True),
        **inside,
        **wanted.more,
    )
    pulumi.export("address", address.ip_address)
    pulumi.export("machine", machine.vm_id)


@dataclass
class Engine:
    """One stack; every run is of the program as wanted at that moment."""

    stack: automation.Stack
    wanted: Wanted
    folder: Path

    def preview(self) -> dict[str, int]:
        """How many resources are to be created, updated, …; the stack's own left out."""
        changes = self.stack.preview().change_summary
        return without_stack({str(getattr(kind, "value", kind)): count for kind, count in changes.items()})

    def up(self) -> dict[str, int]:
        """The same of what was done."""
        return without_stack(dict(self.stack.up().summary.resource_changes or {}))

    def machines(self) -> LastingMachines:
        """The machine room."""
        return LastingMachines(self.folder / "machines")

    def text_of_state(self) -> str:
        """All that the engine has written."""
        return (self.folder / "state" / ".pulumi" / "stacks" / "stand-ins" / "test.json").read_text()


def without_stack(counts: dict[Any, int]) -> dict[str, int]:
    """Counts of resources without the one that stands for the stack."""
    named = {str(kind): count for kind, count in counts.items()}
    kind = "create" if named.get("create", 0) > PARTS else "same"
    named[kind] = named.get(kind, 0) - 1
    return {kind: count for kind, count in named.items() if count > 0}


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    binaries, wanted = tmp_path / "bin", Wanted()
    binaries.mkdir()
    (binaries / "pulumi").symlink_to(program("pulumi"))
    executable(
        binaries / "pulumi-resource-azure-native",
        "from pathlib import Path",
        "from lab.providers.azure_native.provider import AzureProvider",
        "from lab.providers.server import serve",
        "from tests.lab.providers.azure_native.machines import LastingMachines",
        f"folder = Path({str(tmp_path)!r})",
        "serve('azure-native', lambda log: AzureProvider(folder / 'cloud', LastingMachines(folder / 'machines')))",
    )
    environment = {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "test",
    }
    for name, text in environment.items():
        monkeypatch.setenv(name, text)
    state = tmp_path / "state"
    state.mkdir()
    backend = automation.ProjectBackend(f"file://{state}")
    stack = automation.create_or_select_stack(
        "test",
        "stand-ins",
        lambda: network_and_machine(wanted),
        opts=automation.LocalWorkspaceOptions(
            work_dir=str(tmp_path),
            project_settings=automation.ProjectSettings("stand-ins", "python", backend=backend),
        ),
    )
    return Engine(stack, wanted, tmp_path)


def ports_of(host: dict[str, Any]) -> list[list[int]]:
    """Port ranges that a host lets in by TCP."""
    return [rule["ports"] for rule in host["rules"] if rule["direction"] == "ingress" and rule["protocol"] == "tcp"]


def test_life_of_a_stack(engine: Engine) -> None:
    assert engine.preview() == {"create": PARTS}
    assert not engine.machines().states()
    assert engine.up() == {"create": PARTS}
    assert engine.stack.outputs()["address"].value == "198.51.100.132"
    assert base64.b64encode(SECRET.encode()).decode() not in engine.text_of_state()
    assert ports_of(engine.machines().read("azure-1")) == [[443, 443]]

    assert engine.up() == {"same": PARTS}
    engine.stack.refresh()
    assert engine.up() == {"same": PARTS}, "Azure does not tell custom data: a refresh must not take it for gone"

    engine.wanted.ports = ["80", "443"]
    assert engine.preview() == {"same": PARTS - 1, "update": 1}
    assert engine.up() == {"same": PARTS - 1, "update": 1}
    assert ports_of(engine.machines().read("azure-1")) == [[80, 80], [443, 443]]

    engine.wanted.disk_gb = 5
    assert engine.up() == {"create": 1, "same": PARTS - 1, "update": 1}
    (paths,) = engine.machines().read("azure-1")["volumes"].values()
    assert "/dev/disk/azure/scsi1/lun0" in paths
    engine.wanted.disk_gb = 6
    engine.up()
    assert engine.machines().sizes() == [6 * 1024**3]
    engine.wanted.disk_gb = 0
    engine.up()
    assert engine.machines().sizes() == []

    engine.stack.destroy()
    assert not engine.machines().states()
    assert (engine.folder / "cloud" / "resources.json").read_text() == "{}"


def test_a_machine_that_is_there_ignores_new_custom_data_where_it_is_told_to(engine: Engine) -> None:
    engine.up()
    engine.wanted.ignore, engine.wanted.secret = ("osProfile.customData",), "another key"
    assert engine.up() == {"same": PARTS}
    engine.wanted.ignore = ()
    with pytest.raises(automation.CommandError, match=r"Changing property 'osProfile.customData' is not"):
        engine.stack.up()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"size": "Standard_B9z"}, "SkuNotAvailable: The requested VM size Standard_B9z"),
        ({"subnet": "10.9.0.0/24"}, "NetcfgInvalidSubnet"),
        ({"ports": ["x"]}, "SecurityRuleInvalidPortRange"),
        ({"more": {"location": "westeurop"}}, "'westeurop' is none of Azure's regions"),
    ],
)
def test_errors_name_the_cause(engine: Engine, change: dict[str, Any], line: str) -> None:
    engine.wanted.__dict__.update(change)
    with pytest.raises(automation.CommandError, match=line):
        engine.stack.up()
