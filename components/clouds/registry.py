"""All clouds. To add one, write a folder beside this file and add one line here."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from components.clouds.azure.cloud import AZURE
from components.clouds.cloud import Cloud
from components.clouds.existing.cloud import EXISTING
from components.clouds.oracle.cloud import ORACLE
from components.settings.host import HostPart

CLOUDS: tuple[Cloud[Any, Any], ...] = (ORACLE, AZURE, EXISTING)
"""In the order of the documentation. Use it as `registry.CLOUDS`: a test replaces it."""


def metadata_networks() -> list[IPv4Network]:
    """Metadata addresses of all clouds. An existing machine may be in any of them."""
    return list(dict.fromkeys(network for cloud in CLOUDS for network in cloud.metadata))


def by_cloud(hosts: Mapping[str, HostPart]) -> dict[Cloud[Any, Any], dict[str, Any]]:
    """Hosts by their cloud, in the clouds' order. Clouds without a host are left out."""
    found = {cloud: {name: host for name, host in hosts.items() if host.cloud == cloud.name} for cloud in CLOUDS}
    return {cloud: theirs for cloud, theirs in found.items() if theirs}
