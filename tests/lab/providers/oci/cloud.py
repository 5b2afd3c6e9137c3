"""A cloud whose machine room only writes down what it was told, and a network in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lab.hosts import AttachedVolume, HostSpec, Rule
from lab.providers.oci.provider import OciProvider
from tests.lab.providers.calling import Caller, Made

COMPARTMENT = "ocid1.compartment.oc1..lab"
SHAPE, ARM_SHAPE = "VM.Standard.E4.Flex", "VM.Standard.A1.Flex"
IMAGE = "ocid1.image.oc1.lab.debian"
EVERYTHING_OUT = {"protocol": "all", "destination": "0.0.0.0/0"}


@dataclass
class Machines:
    """Hosts as they would be."""

    specs: dict[str, HostSpec] = field(default_factory=dict)
    firewalls: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    on: dict[str, bool] = field(default_factory=dict)
    reboots: list[str] = field(default_factory=list)
    public: dict[str, str | None] = field(default_factory=dict)
    """Public addresses by host."""
    volumes: dict[str, int] = field(default_factory=dict)
    """Sizes in bytes."""
    attached: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """Host and paths, by volume."""
    failure: str = ""
    """What the next host or volume fails with."""
    delete_failure: str = ""
    """What the next end of a host fails with."""

    def create(self, spec: HostSpec) -> None:
        self.specs[spec.name], self.on[spec.name], self.firewalls[spec.name] = spec, True, spec.firewall
        self.public[spec.name] = spec.public_address
        if self.failure:
            raise RuntimeError(self.failure)

    def delete(self, name: str) -> None:
        if self.delete_failure:
            raise RuntimeError(self.delete_failure)
        for known in (self.specs, self.on, self.firewalls, self.public):
            known.pop(name, None)
        self.attached = {volume: place for volume, place in self.attached.items() if place[0] != name}

    def set_firewall(self, name: str, rules: tuple[Rule, ...]) -> None:
        self.firewalls[name] = rules

    def set_public_addresses(self, name: str, public_address: str | None, public_ipv6: str | None) -> None:
        others = {address for host, address in self.public.items() if host != name and address}
        assert public_address not in others
        assert public_ipv6 is None
        self.public[name] = public_address

    def create_volume(self, volume: str, size_bytes: int) -> None:
        if self.failure:
            raise RuntimeError(self.failure)
        self.volumes[volume] = size_bytes

    def grow_volume(self, volume: str, size_bytes: int) -> None:
        assert size_bytes >= self.volumes[volume]
        self.volumes[volume] = size_bytes

    def delete_volume(self, volume: str) -> None:
        assert volume not in self.attached
        self.volumes.pop(volume, None)

    def attach_volume(self, name: str, volume: AttachedVolume) -> None:
        if self.failure:
            raise RuntimeError(self.failure)
        assert volume.id in self.volumes
        assert volume.id not in self.attached
        self.attached[volume.id] = (name, volume.paths)

    def detach_volume(self, name: str, volume: str) -> None:
        self.attached.pop(volume, None)

    def start(self, name: str) -> None:
        self.on[name] = True

    def stop(self, name: str) -> None:
        self.on[name] = False

    def reboot(self, name: str) -> None:
        self.reboots.append(name)

    def has_file(self, name: str, path: str) -> bool:
        return True

    def states(self) -> dict[str, bool]:
        return dict(self.on)


class LastingMachines(Machines):
    """Machines that are still there for the next process: a file each."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def create(self, spec: HostSpec) -> None:
        super().create(spec)
        (self._folder / spec.name).touch()

    def delete(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)

    def states(self) -> dict[str, bool]:
        return {file.name: True for file in self._folder.iterdir() if not file.name.startswith("ocid1.")}

    def create_volume(self, volume: str, size_bytes: int) -> None:
        (self._folder / volume).write_text("")

    def grow_volume(self, volume: str, size_bytes: int) -> None:
        assert (self._folder / volume).exists()

    def delete_volume(self, volume: str) -> None:
        assert (self._folder / volume).read_text() == ""
        (self._folder / volume).unlink()

    def attach_volume(self, name: str, volume: AttachedVolume) -> None:
        (self._folder / volume.id).write_text(f"{name} {' '.join(volume.paths)}")

    def detach_volume(self, name: str, volume: str) -> None:
        (self._folder / volume).write_text("")


@dataclass
class Network:
    """A VCN with a gateway, a route, a list and a subnet: what the program makes. Each part can be made otherwise."""

    folder: Path
    machines: Any = field(default_factory=Machines)
    """The ones above, or real ones."""

    def __post_init__(self) -> None:
        self.provider = OciProvider(self.folder, self.machines)
        core = partial(self.caller, "oci:Core")
        self.vcns, self.gateways = core("vcn:Vcn"), core("internetGateway:InternetGateway")
        self.tables, self.lists = core("routeTable:RouteTable"), core("securityList:SecurityList")
        self.subnets, self.instances = core("subnet:Subnet"), core("instance:Instance")
        self.groups = core("networkSecurityGroup:NetworkSecurityGroup")
        self.rules = core("networkSecurityGroupSecurityRule:NetworkSecurityGroupSecurityRule")
        self.public_ips, self.volumes = core("publicIp:PublicIp"), core("volume:Volume")
        self.attachments = core("volumeAttachment:VolumeAttachment")
        self.in_it: dict[str, Any] = {"compartmentId": COMPARTMENT, "displayName": "lab"}
        self.vcn = self.vcns.create(cidrBlocks=["10.0.0.0/16"], dnsLabel="lab", **self.in_it)
        self.in_vcn: dict[str, Any] = self.in_it | {"vcnId": self.vcn.resource_id}
        self.gateway = self.gateways.create(**self.in_vcn)
        self.route = {"destination": "0.0.0.0/0", "networkEntityId": self.gateway.resource_id}
        self.table = self.tables.create(routeRules=[self.route], **self.in_vcn)
        self.list = self.lists.create(egressSecurityRules=[EVERYTHING_OUT], **self.in_vcn)
        self.subnet_inputs: dict[str, Any] = self.in_vcn | {
            "routeTableId": self.table.resource_id,
            "securityListIds": [self.list.resource_id],
            "dnsLabel": "subnet",
        }
        self.subnet = self.subnets.create(cidrBlock="10.0.0.0/24", **self.subnet_inputs)

    def with_ipv6(self) -> Made:
        """Enable IPv6, with a route and a range for the subnet; returns the VCN."""
        vcn = self.vcns.update(self.vcn, cidrBlocks=["10.0.0.0/16"], dnsLabel="lab", isIpv6enabled=True, **self.in_it)
        self.tables.update(self.table, routeRules=[self.route, self.route | {"destination": "::/0"}], **self.in_vcn)
        self.subnet = self.subnets.update(
            self.subnet, cidrBlock="10.0.0.0/24", ipv6cidrBlock="2001:db8:100::/64", **self.subnet_inputs
        )
        return vcn

    def caller(self, package: str, kind: str) -> Caller:
        """Calls for one type."""
        return Caller(self.provider, f"{package}/{kind}")

    def instance_inputs(self, name: str, vnic: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """An instance as the program asks for it."""
        return {
            "compartmentId": COMPARTMENT,
            "displayName": name,
            "availabilityDomain": "lab:LAB-REGION-1-AD-1",
            "shape": SHAPE,
            "shapeConfig": {"ocpus": 1, "memoryInGbs": 4},
            "sourceDetails": {
                "sourceType": "image",
                "sourceId": IMAGE,
                "bootVolumeSizeInGbs": "50",
            },
            "createVnicDetails": {"subnetId": self.subnet.resource_id, "assignPublicIp": "true"} | dict(vnic or {}),
            "metadata": {"user_data": "I2Nsb3VkLWNvbmZpZwo=", "ssh_authorized_keys": "ssh-ed25519 A\nssh-ed25519 B\n"},
        }

    def launch(self, name: str, vnic: Mapping[str, Any] | None = None) -> Made:
        """Make an instance."""
        return self.instances.create(**self.instance_inputs(name, vnic))
