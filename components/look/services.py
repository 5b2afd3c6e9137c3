"""What services of the program a host has: the ports that they need, and the steps that set them up."""

from collections.abc import Iterator

from components.cluster.ports import node_ports
from components.datastore.registry import DATASTORES
from components.hosts.ports import VISITOR_PORTS, Port
from components.look.wanted import WantedHost


def needed_ports(wanted: WantedHost) -> Iterator[Port]:
    """All ports of the host's roles."""
    yield from node_ports(wanted.roles)
    yield from DATASTORES[wanted.datastore.kind].look.ports(wanted.datastore, wanted.name, wanted.roles)
    if "ingress" in wanted.roles:
        for number in VISITOR_PORTS:
            yield Port(number, "Traefik", clients=())


def service_steps(wanted: WantedHost, unit: str | None = None) -> set[str]:
    """The steps that set these services up, named without the host. `unit`: only services of this systemd unit."""
    return {step for port in needed_ports(wanted) if unit is None or unit in port.units for step in port.steps}
