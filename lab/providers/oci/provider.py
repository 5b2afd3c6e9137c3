"""The oci stand-in: its types, and the folder of its cloud."""

from pathlib import Path

from pulumi.provider.experimental import provider as sdk

from lab.providers.machines import Machines
from lab.providers.oci.cloud import Cloud
from lab.providers.oci.core_type import CoreType
from lab.providers.oci.firewall import Firewall
from lab.providers.oci.instance import Instance
from lab.providers.oci.lookups import functions
from lab.providers.oci.network_security_group import NetworkSecurityGroup, NetworkSecurityGroupSecurityRule
from lab.providers.oci.public_ip import PublicIp
from lab.providers.oci.routing import DefaultRouteTable, InternetGateway, RouteTable
from lab.providers.oci.security_list import DefaultSecurityList, SecurityList
from lab.providers.oci.subnet import Subnet
from lab.providers.oci.vcn import Vcn
from lab.providers.oci.volume import Volume
from lab.providers.oci.volume_attachment import VolumeAttachment
from lab.providers.properties import plain_map
from lab.providers.stand_in import StandIn

FOLDER = Path("cloud", "oci")
"""The folder of the cloud, within the lab's folder."""


class OciProvider(StandIn):
    """Types of `oci/Core`: networks, instances and volumes of one lab. And functions that look them up."""

    def __init__(self, folder: Path, machines: Machines) -> None:
        self._cloud = Cloud(folder)
        firewall = Firewall(self._cloud, machines)
        defaults = (DefaultRouteTable(self._cloud, firewall), DefaultSecurityList(self._cloud, firewall))
        super().__init__((*core_types(self._cloud, machines), *defaults), functions(self._cloud))

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        """Take the region from the settings: it is part of every OCID. Ignores credentials."""
        self._cloud.region = plain_map(request.args).get("region") or self._cloud.region
        return await super().configure(request)


def core_types(cloud: Cloud, machines: Machines) -> tuple[CoreType, ...]:
    """All types of which there can be any number, in order: types that others depend on come first."""
    firewall = Firewall(cloud, machines)
    return (
        Vcn(cloud),
        InternetGateway(cloud, firewall),
        RouteTable(cloud, firewall),
        SecurityList(cloud, firewall),
        NetworkSecurityGroup(cloud, firewall),
        NetworkSecurityGroupSecurityRule(cloud, firewall),
        Subnet(cloud, firewall),
        Volume(cloud, machines),
        Instance(cloud, firewall, machines),
        VolumeAttachment(cloud, machines),
        PublicIp(cloud, machines),
    )
