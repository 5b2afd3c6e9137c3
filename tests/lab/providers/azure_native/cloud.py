"""A cloud whose machine room only writes down what it was told, and in it what the program makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.hosts import AttachedVolume, HostSpec, Rule
from lab.providers.azure_native.provider import AzureProvider
from lab.providers.machines import LabMachines
from tests.lab.providers.calling import Caller, Made

GROUP, REGION = "lab-group", "westeurope"
IMAGE = {"publisher": "Debian", "offer": "debian-12", "sku": "12-gen2", "version": "latest"}
ARM_IMAGE = IMAGE | {"sku": "12-arm64"}
USER_DATA = "I2Nsb3VkLWNvbmZpZwo="
KEY = "ssh-ed25519 AAAA operator"
MODULES = {"VirtualMachine": "compute", "Disk": "compute", "ResourceGroup": "resources"}
NAMES = {
    "ResourceGroup": "resourceGroupName",
    "VirtualNetwork": "virtualNetworkName",
    "Subnet": "subnetName",
    "NetworkSecurityGroup": "networkSecurityGroupName",
    "SecurityRule": "securityRuleName",
    "ApplicationSecurityGroup": "applicationSecurityGroupName",
    "PublicIPAddress": "publicIpAddressName",
    "NetworkInterface": "networkInterfaceName",
    "Disk": "diskName",
    "VirtualMachine": "vmName",
}


@dataclass
class Machines:
    """Hosts and volumes as they would be."""

    specs: dict[str, HostSpec] = field(default_factory=dict)
    firewalls: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    public: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    on: dict[str, bool] = field(default_factory=dict)
    reboots: list[str] = field(default_factory=list)
    volumes: dict[str, int] = field(default_factory=dict)
    attached: dict[str, dict[str, AttachedVolume]] = field(default_factory=dict)
    failure: str = ""
    """What the next host fails with."""
    missing_files: frozenset[str] = frozenset()
    """What no host ever has."""

    def create(self, spec: HostSpec) -> None:
        self.specs[spec.name], self.on[spec.name], self.firewalls[spec.name] = spec, True, spec.firewall
        self.public[spec.name] = (spec.public_address, spec.public_ipv6)
        self.attached[spec.name] = {volume.id: volume for volume in spec.volumes}
        if self.failure:
            raise RuntimeError(self.failure)

    def delete(self, name: str) -> None:
        for known in (self.specs, self.on, self.firewalls, self.public, self.attached):
            known.pop(name, None)

    def set_firewall(self, name: str, rules: tuple[Rule, ...]) -> None:
        self.firewalls[name] = rules

    def set_public_addresses(self, name: str, public_address: str | None, public_ipv6: str | None) -> None:
        self.public[name] = (public_address, public_ipv6)

    def start(self, name: str) -> None:
        self.on[name] = True

    def stop(self, name: str) -> None:
        self.on[name] = False

    def reboot(self, name: str) -> None:
        self.reboots.append(name)

    def has_file(self, name: str, path: str) -> bool:
        return path not in self.missing_files

    def states(self) -> dict[str, bool]:
        return dict(self.on)

    def create_volume(self, volume: str, size_bytes: int) -> None:
        self.volumes[volume] = size_bytes

    def grow_volume(self, volume: str, size_bytes: int) -> None:
        self.volumes[volume] = size_bytes

    def delete_volume(self, volume: str) -> None:
        assert not any(volume in has for has in self.attached.values()), "still attached"
        self.volumes.pop(volume, None)

    def attach_volume(self, name: str, volume: AttachedVolume) -> None:
        self.attached[name][volume.id] = volume

    def detach_volume(self, name: str, volume: str) -> None:
        self.attached[name].pop(volume, None)


@dataclass
class Azure:
    """A group with a network in it, as the program makes them; everything else by the methods."""

    folder: Path
    machines: Machines = field(default_factory=Machines)
    lab: LabMachines | None = None
    """Where hosts are to be real ones."""

    def __post_init__(self) -> None:
        self.provider = AzureProvider(self.folder, self.lab or self.machines)
        self.group = self.caller("ResourceGroup").create(resourceGroupName=GROUP, location=REGION)
        self.network = self.make(
            "VirtualNetwork", "net", addressSpace={"addressPrefixes": ["10.1.0.0/16", "fd4b::/48"]}
        )
        self.subnet = self.make(
            "Subnet", "hosts", virtualNetworkName="net", addressPrefixes=["10.1.0.0/24", "fd4b::/64"], location=None
        )

    def caller(self, kind: str) -> Caller:
        """Calls for one type."""
        return Caller(self.provider, f"azure-native:{MODULES.get(kind, 'network')}:{kind}")

    def inputs(self, kind: str, name: str, **inputs: Any) -> dict[str, Any]:
        """Inputs with name and group; those that are None are left out."""
        whole = {"resourceGroupName": GROUP, NAMES[kind]: name} | inputs
        return {key: value for key, value in whole.items() if value is not None}

    def make(self, kind: str, name: str, **inputs: Any) -> Made:
        """Make a resource in the group."""
        return self.caller(kind).create(**self.inputs(kind, name, **inputs))

    def put(self, kind: str, made: Made, **inputs: Any) -> Made:
        """Make it otherwise."""
        return self.caller(kind).update(made, **self.inputs(kind, made.outputs["name"], **inputs))

    def end(self, kind: str, made: Made) -> None:
        """Delete it."""
        self.caller(kind).delete(made)

    def group_of(self, name: str, *rules: Mapping[str, Any]) -> Made:
        """A security group."""
        return self.make("NetworkSecurityGroup", name, securityRules=[dict(each) for each in rules])

    def address(self, name: str, version: str = "IPv4", **inputs: Any) -> Made:
        """A public address."""
        return self.make("PublicIPAddress", name, **address_inputs(version) | inputs)

    def configuration(self, version: str = "IPv4", public: Made | None = None, **inputs: Any) -> dict[str, Any]:
        """A configuration of an interface."""
        return {
            "name": version.lower(),
            "primary": version == "IPv4",
            "privateIPAddressVersion": version,
            "privateIPAllocationMethod": "Dynamic",
            "subnet": {"id": self.subnet.resource_id},
            **({"publicIPAddress": {"id": public.resource_id}} if public else {}),
        } | inputs

    def interface(self, name: str, *configurations: Mapping[str, Any], group: Made | None = None) -> Made:
        """An interface."""
        return self.make("NetworkInterface", name, **interface_inputs(configurations or (self.configuration(),), group))

    def open_interface(self, name: str, group: Made | None = None) -> Made:
        """An interface as the program makes it: with a public address of both kinds."""
        addresses = {version: self.address(f"{name}-{version}", version) for version in ("IPv4", "IPv6")}
        configurations = [self.configuration(version, address) for version, address in addresses.items()]
        return self.interface(name, *configurations, group=group)

    def disk(self, name: str, size_gb: int = 10, **inputs: Any) -> Made:
        """A managed disk."""
        return self.make("Disk", name, **disk_inputs(size_gb) | inputs)

    def launch(self, name: str, interface: Made, **inputs: Any) -> Made:
        """A machine."""
        return self.make("VirtualMachine", name, **machine_inputs(name, interface) | inputs)


def interface_inputs(configurations: Any, group: Made | None = None) -> dict[str, Any]:
    """What an interface is made from."""
    security = {"networkSecurityGroup": {"id": group.resource_id}} if group else {}
    return {"ipConfigurations": [dict(each) for each in configurations]} | security


def address_inputs(version: str = "IPv4") -> dict[str, Any]:
    """What a public address is made from."""
    return {"sku": {"name": "Standard"}, "publicIPAllocationMethod": "Static", "publicIPAddressVersion": version}


def disk_inputs(size_gb: int = 10) -> dict[str, Any]:
    """What a managed disk is made from."""
    return {"creationData": {"createOption": "Empty"}, "diskSizeGB": size_gb, "sku": {"name": "StandardSSD_LRS"}}


def machine_inputs(name: str, interface: Made, *disks: Made) -> dict[str, Any]:
    """What a machine is made from."""
    return {
        "hardwareProfile": {"vmSize": "Standard_B2s_v2"},
        "networkProfile": {"networkInterfaces": [{"id": interface.resource_id, "primary": True}]},
        "osProfile": {
            "computerName": name,
            "adminUsername": "operator",
            "customData": USER_DATA,
            "linuxConfiguration": {
                "disablePasswordAuthentication": True,
                "ssh": {"publicKeys": [{"path": "/home/operator/.ssh/authorized_keys", "keyData": KEY}]},
            },
        },
        "storageProfile": {
            "imageReference": IMAGE,
            "osDisk": {"createOption": "FromImage", "deleteOption": "Delete", "name": f"{name}-system"},
            "dataDisks": [
                {"lun": lun, "createOption": "Attach", "managedDisk": {"id": disk.resource_id}}
                for lun, disk in enumerate(disks)
            ],
        },
    }


def rule(name: str, priority: int, **other: Any) -> dict[str, Any]:
    """A rule that lets TCP port 443 in from everywhere, or does otherwise."""
    return {
        "name": name,
        "priority": priority,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "Tcp",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "443",
    } | other
