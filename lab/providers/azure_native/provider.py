"""The azure-native stand-in: its types, the folder of its cloud, and the inputs that the provider itself adds."""

from pathlib import Path

from pulumi.provider.experimental import provider as sdk

from lab.providers.azure_native.azure_type import INPUTS, AzureType
from lab.providers.azure_native.cloud import Cloud
from lab.providers.azure_native.disk import KIND as DISKS
from lab.providers.azure_native.disk import Disk
from lab.providers.azure_native.firewall import MACHINES, Firewall
from lab.providers.azure_native.interface import NetworkInterface
from lab.providers.azure_native.lookups import functions
from lab.providers.azure_native.public_address import PublicIPAddress
from lab.providers.azure_native.resource_group import ResourceGroup
from lab.providers.azure_native.security_group import ApplicationSecurityGroup, NetworkSecurityGroup, SecurityRule
from lab.providers.azure_native.subnet import Subnet
from lab.providers.azure_native.virtual_machine import VirtualMachine
from lab.providers.azure_native.virtual_network import VirtualNetwork
from lab.providers.machines import Machines
from lab.providers.properties import plain_map, value, value_map
from lab.providers.records import of_type
from lab.providers.stand_in import StandIn, outputs

FOLDER = Path("cloud", "azure")
"""The folder of the cloud, within the lab's folder."""
SEED_LENGTH = 8
"""How many random characters a generated name ends with."""


class AzureProvider(StandIn):
    """Types of one lab's Azure."""

    def __init__(self, folder: Path, machines: Machines) -> None:
        self._cloud = Cloud(folder)
        self._region = ""
        self._kinds = azure_types(self._cloud, machines)
        super().__init__(self._kinds, functions(self._cloud, self._kinds))

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        """Take subscription and region from the settings. Ignores credentials."""
        given = plain_map(request.args)
        self._cloud.subscription = given.get("subscriptionId") or self._cloud.subscription
        self._region = given.get("location") or ""
        return await super().configure(request)

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        """Add a missing name and region first. Then check the inputs."""
        kind = self._azure_type(request.type)
        name = request.urn.rpartition("::")[2]
        seed = bytes(request.random_seed).hex()[:SEED_LENGTH] or "0" * SEED_LENGTH
        given = plain_map(request.new_inputs)
        added = kind.completed(given, plain_map(request.old_inputs), name, seed, self._region)
        request.new_inputs = dict(request.new_inputs) | value_map(added)
        return await super().check(request)

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        """The current resource. Unchanged inputs stay as they are: Azure does not return custom data."""
        kind = self._azure_type(request.type)
        before = plain_map(request.properties)
        now = kind.read(request.resource_id, before)
        if now is None:
            return sdk.ReadResponse("", {}, {})
        asked = request.inputs or value_map(now[INPUTS])
        kept = {
            name: given for name, given in asked.items() if name not in now or now[name] == before.get(name, now[name])
        }
        changed = {name: value(now[name]) for name in asked if name not in kept}
        return sdk.ReadResponse(request.resource_id, outputs(kind, now, asked), kept | changed)

    def _azure_type(self, token: str) -> AzureType:
        kind = self._type(token)
        assert isinstance(kind, AzureType)  # noqa: S101  all types of this provider are AzureTypes
        return kind


def azure_types(cloud: Cloud, machines: Machines) -> tuple[AzureType, ...]:
    """All types, in order: types that others depend on come first."""
    firewall = Firewall(cloud, machines)

    def empty(beginning: str) -> None:
        """Delete the hosts and volumes of all IDs with this prefix."""
        inside = [record for each, record in cloud.records().items() if each.startswith(beginning)]
        for record in of_type({record["id"]: record for record in inside}, MACHINES):
            machines.delete(record["_host"])
        for record in of_type({record["id"]: record for record in inside}, DISKS):
            if record.get("_volume"):
                machines.delete_volume(record["_volume"])

    return (
        ResourceGroup(cloud, empty),
        ApplicationSecurityGroup(cloud),
        NetworkSecurityGroup(cloud, firewall),
        SecurityRule(cloud, firewall),
        VirtualNetwork(cloud),
        Subnet(cloud, firewall),
        PublicIPAddress(cloud),
        NetworkInterface(cloud, firewall, machines),
        Disk(cloud, machines),
        VirtualMachine(cloud, firewall, machines),
    )
