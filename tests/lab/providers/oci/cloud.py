"""A cloud whose machine room only writes down what it was told, and a network in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lab.hosts import HostSpec, Rule
from lab.providers.oci.provider import OciProvider
from lab.providers.oci.shapes import own_architecture
from tests.lab.providers.calling import Caller, Made

COMPARTMENT = "ocid1.compartment.oc1..lab"
SHAPES = {
    "amd64": ("VM.Standard.E4.Flex", "VM.Standard.A1.Flex"),
    "arm64": ("VM.Standard.A1.Flex", "VM.Standard.E4.Flex"),
}
OWN_SHAPE, FOREIGN_SHAPE = SHAPES[own_architecture()]
EVERYTHING_OUT = {"protocol": "all", "destination": "0.0.0.0/0"}


@dataclass
class Machines:
    """Hosts as they would be."""

    specs: dict[str, HostSpec] = field(default_factory=dict)
    firewalls: dict[str, tuple[Rule, ...]] = field(default_factory=dict)
    on: dict[str, bool] = field(default_factory=dict)
    reboots: list[str] = field(default_factory=list)
    failure: str = ""
    """What the next host fails with."""

    def create(self, spec: HostSpec) -> None:
        self.specs[spec.name], self.on[spec.name], self.firewalls[spec.name] = spec, True, spec.firewall
        if self.failure:
            raise RuntimeError(self.failure)

    def delete(self, name: str) -> None:
        for known in (self.specs, self.on, self.firewalls):
            known.pop(name, None)

    def set_firewall(self, name: str, rules: tuple[Rule, ...]) -> None:
        self.firewalls[name] = rules

    def start(self, name: str) -> None:
        self.on[name] = True

    def stop(self, name: str) -> None:
        self.on[name] = False

    def reboot(self, name: str) -> None:
        self.reboots.append(name)

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
        return {file.name: True for file in self._folder.iterdir()}


@dataclass
class Network:
    """A VCN with a gateway, a route, a list and a subnet: what the program makes. Each part can be made otherwise."""

    folder: Path
    machines: Machines = field(default_factory=Machines)

    def __post_init__(self) -> None:
        self.provider = OciProvider(self.folder, self.machines)
        core = partial(self.caller, "oci:Core")
        self.vcns, self.gateways = core("vcn:Vcn"), core("internetGateway:InternetGateway")
        self.tables, self.lists = core("routeTable:RouteTable"), core("securityList:SecurityList")
        self.subnets, self.instances = core("subnet:Subnet"), core("instance:Instance")
        in_it: dict[str, Any] = {"compartmentId": COMPARTMENT, "displayName": "lab"}
        self.vcn = self.vcns.create(cidrBlocks=["10.0.0.0/16"], dnsLabel="lab", **in_it)
        self.in_vcn: dict[str, Any] = in_it | {"vcnId": self.vcn.resource_id}
        self.gateway = self.gateways.create(**self.in_vcn)
        route = {"destination": "0.0.0.0/0", "networkEntityId": self.gateway.resource_id}
        self.table = self.tables.create(routeRules=[route], **self.in_vcn)
        self.list = self.lists.create(egressSecurityRules=[EVERYTHING_OUT], **self.in_vcn)
        self.subnet_inputs: dict[str, Any] = self.in_vcn | {
            "routeTableId": self.table.resource_id,
            "securityListIds": [self.list.resource_id],
            "dnsLabel": "subnet",
        }
        self.subnet = self.subnets.create(cidrBlock="10.0.0.0/24", **self.subnet_inputs)

    def caller(self, package: str, kind: str) -> Caller:
        """Calls for one type."""
        return Caller(self.provider, f"{package}/{kind}")

    def instance_inputs(self, name: str, vnic: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """An instance as the program asks for it."""
        return {
            "compartmentId": COMPARTMENT,
            "displayName": name,
            "availabilityDomain": "lab:LAB-REGION-1-AD-1",
            "shape": OWN_SHAPE,
            "shapeConfig": {"ocpus": 1, "memoryInGbs": 4},
            "sourceDetails": {
                "sourceType": "image",
                "sourceId": "ocid1.image.oc1.lab.debian",
                "bootVolumeSizeInGbs": "50",
            },
            "createVnicDetails": {"subnetId": self.subnet.resource_id, "assignPublicIp": "true"} | dict(vnic or {}),
            "metadata": {"user_data": "I2Nsb3VkLWNvbmZpZwo=", "ssh_authorized_keys": "ssh-ed25519 A\nssh-ed25519 B\n"},
        }

    def launch(self, name: str, vnic: Mapping[str, Any] | None = None) -> Made:
        """Make an instance."""
        return self.instances.create(**self.instance_inputs(name, vnic))
