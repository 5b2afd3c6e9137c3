"""Creates the machines of the settings, each in its cloud. All become the same type, Host."""

from collections.abc import Mapping
from typing import Any

from components.clouds.registry import by_cloud
from components.hosts.args import HostsArgs
from components.hosts.host import Host
from components.settings.host import HostPart


def create_hosts(hosts: Mapping[str, HostPart], clouds: Mapping[str, Any], args: HostsArgs) -> dict[str, Host]:
    """All hosts by name, sorted by name. `clouds`: the shared settings of each cloud, by the cloud's name."""
    made: dict[str, Host] = {}
    for cloud, theirs in by_cloud(hosts).items():
        made |= cloud.create(args, clouds[cloud.name], theirs)
    return {name: made[name] for name in hosts}
