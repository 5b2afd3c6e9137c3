"""The registry's entry for Oracle's cloud."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from components.clouds.cloud import Cloud
from components.clouds.oracle import rules
from components.clouds.oracle.costs import costs
from components.clouds.oracle.credentials import SECRETS, missing
from components.clouds.oracle.firewall import FIREWALLS
from components.clouds.oracle.host_settings import OracleHost, architecture_of
from components.clouds.oracle.settings import Oracle
from components.credentials.provider import Credentials

if TYPE_CHECKING:
    from components.hosts.args import HostsArgs
    from components.hosts.host import Host


METADATA = (IPv4Network("169.254.0.0/16"),)
"""User data at 169.254.169.254, disks (iSCSI) at 169.254.0.2. A name server is there, too: CoreDNS, a pod, asks it."""


def create(args: "HostsArgs", shared: Oracle, hosts: Mapping[str, OracleHost]) -> dict[str, "Host"]:
    """Creates the instances and their network."""
    from components.clouds.oracle.host import create_hosts  # the SDK takes seconds to load

    return create_hosts(args, shared, hosts)


def outgrown(machine: Mapping[str, Any], wanted: OracleHost) -> bool:
    """An instance gets another shape with a restart, but not one of another architecture: its system can't start."""
    return architecture_of(machine["shape"]) != wanted.architecture


ORACLE = Cloud(
    name="oracle",
    host=OracleHost,
    key="oracle",
    shared=Oracle,
    create=create,
    costs=costs,
    machine="oci:Core/instance:Instance",
    outgrown=outgrown,
    rules=rules.RULES,
    network=lambda shared: shared.network,
    metadata=METADATA,
    credentials=Credentials("oci", missing, SECRETS),
    volumes=("oci:Core/volume:Volume",),
    firewalls=FIREWALLS,
)
