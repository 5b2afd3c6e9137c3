"""Makes the settings' machines, each by the component of its cloud; what comes out is the same for all."""

from components.hosts.host import Host
from components.hosts.operator import Operator
from components.settings import Settings
from components.tailnet import Tailnet


def create_hosts(settings: Settings, operator: Operator, tailnet: Tailnet) -> dict[str, Host]:
    """All hosts by name, in the order of the settings, and the network that those of a cloud share."""
    # Here, for a cloud's SDK takes its time to load, and a stack need not have hosts in every cloud.
    from components.hosts.oracle import OracleHost, OracleHostArgs
    from components.hosts.oracle_network import OracleNetwork

    network = OracleNetwork("oracle", settings.oracle)
    args = OracleHostArgs(settings, operator, tailnet, network.subnet_id)
    return {name: OracleHost(name, args).host for name in settings.hosts}
