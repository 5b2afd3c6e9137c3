"""The registry's entry for Azure."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from components.clouds.azure import rules
from components.clouds.azure.costs import costs
from components.clouds.azure.credentials import SECRETS, missing
from components.clouds.azure.firewall import FIREWALLS
from components.clouds.azure.host_settings import AzureHost, architecture_of
from components.clouds.azure.settings import Azure
from components.clouds.cloud import Cloud
from components.credentials.provider import Credentials

if TYPE_CHECKING:
    from components.hosts.args import HostsArgs
    from components.hosts.host import Host


METADATA = (IPv4Network("169.254.0.0/16"), IPv4Network("168.63.129.16/32"))
"""User data at 169.254.169.254. At 168.63.129.16 the machine's settings and keys (ports 80 and 32526), and names."""


def create(args: "HostsArgs", shared: Azure, hosts: Mapping[str, AzureHost]) -> dict[str, "Host"]:
    """Creates the virtual machines and their network."""
    from components.clouds.azure.host import create_hosts  # the SDK takes seconds to load

    return create_hosts(args, shared, hosts)


def outgrown(machine: Mapping[str, Any], wanted: AzureHost) -> bool:
    """A machine gets another size with a restart, but not one of another architecture: its system can't start."""
    return architecture_of(machine["hardwareProfile"]["vmSize"]) != wanted.architecture


AZURE = Cloud(
    name="azure",
    host=AzureHost,
    key="azure",
    shared=Azure,
    create=create,
    costs=costs,
    machine="azure-native:compute:VirtualMachine",
    outgrown=outgrown,
    rules=rules.RULES,
    network=lambda shared: shared.network,
    metadata=METADATA,
    credentials=Credentials("azure-native", missing, SECRETS),
    volumes=("azure-native:compute:Disk",),
    firewalls=FIREWALLS,
)
