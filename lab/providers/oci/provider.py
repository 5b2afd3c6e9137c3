"""The oci stand-in: which types it has, and where its cloud is."""

from pathlib import Path

from pulumi.provider.experimental import provider as sdk

from lab.providers.oci.cloud import Cloud
from lab.providers.oci.core_type import CoreType
from lab.providers.oci.firewall import Firewall
from lab.providers.oci.instance import Instance
from lab.providers.oci.machines import Machines
from lab.providers.oci.routing import DefaultRouteTable, InternetGateway, RouteTable
from lab.providers.oci.security_list import DefaultSecurityList, SecurityList
from lab.providers.oci.subnet import Subnet
from lab.providers.oci.vcn import Vcn
from lab.providers.properties import plain_map
from lab.providers.stand_in import StandIn

FOLDER = Path("cloud", "oci")
"""Within the lab's folder."""


class OciProvider(StandIn):
    """Types of `oci/Core`: networks and instances of one lab."""

    def __init__(self, folder: Path, machines: Machines) -> None:
        self._cloud = Cloud(folder)
        firewall = Firewall(self._cloud, machines)
        defaults = (DefaultRouteTable(self._cloud, firewall), DefaultSecurityList(self._cloud, firewall))
        super().__init__((*core_types(self._cloud, machines), *defaults))

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        """Take the region, which is part of every OCID, from the settings. Credentials are not looked at."""
        self._cloud.region = plain_map(request.args).get("region") or self._cloud.region
        return await super().configure(request)


def core_types(cloud: Cloud, machines: Machines) -> tuple[CoreType, ...]:
    """All types of which one can make any number, those that others depend on first."""
    firewall = Firewall(cloud, machines)
    return (
        Vcn(cloud),
        InternetGateway(cloud, firewall),
        RouteTable(cloud, firewall),
        SecurityList(cloud, firewall),
        Subnet(cloud, firewall),
        Instance(cloud, firewall, machines),
    )
