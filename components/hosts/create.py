"""Makes the settings' machines, each by the module of its cloud; what comes out is the same for all."""

from importlib import import_module

from components.edge.ranges import VisitorRanges
from components.hosts.args import HostsArgs
from components.hosts.host import Host
from components.hosts.operator import Operator
from components.settings import Settings
from components.tailnet import Tailnet

# Each is a module here with a function `create(args, hosts)`, which makes the hosts of that cloud and what they share.
# It is imported only for a stack that has such hosts: a cloud's SDK takes its time to load.
CLOUDS = ("oracle", "azure", "existing")


def create_hosts(settings: Settings, operator: Operator, tailnet: Tailnet, visitors: VisitorRanges) -> dict[str, Host]:
    """All hosts by name, in the order of their names. `visitors` is who may come to those with the role `ingress`."""
    args = HostsArgs(settings, operator, tailnet, visitors)
    made: dict[str, Host] = {}
    for cloud in CLOUDS:
        wanted = {name: host for name, host in settings.hosts.items() if host.cloud == cloud}
        if wanted:
            made |= import_module(f"components.hosts.{cloud}").create(args, wanted)
    return {name: made[name] for name in settings.hosts}
