"""The rule for ports: no other program listens on a port that a role needs."""

from collections import defaultdict
from collections.abc import Iterator
from ipaddress import ip_address

from components.hosts.ports import Port
from components.look.facts import Facts, Socket
from components.look.findings import clusters, haproxy
from components.look.services import needed_ports
from components.look.wanted import WantedHost
from components.overlay.registry import OVERLAY
from components.settings.errors import Finding


def ports_of_the_roles_are_free(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """One finding for each program in the way. Leaves out what other findings report, and this program's own services.

    All of this program's HAProxy sections run in one HAProxy. On hosts with IPv6, that one serves visitors, too.
    """
    left_out = {"haproxy"} if haproxy.others(wanted, facts) or haproxy.is_ours(wanted, facts) else set()
    services = {"k3s", "flannel"} if clusters.others(wanted, facts) else set()
    taken: dict[str, list[Port]] = defaultdict(list)
    for port in needed_ports(wanted):
        if port.service in services:
            continue
        is_there = bool(port.steps) and wanted.did(facts, *port.steps)
        others = [one for one in facts.sockets or () if _collide(port, one) and not (is_there and _is_of(port, one))]
        processes = {socket.process or "a program" for socket in others}
        for process in sorted(processes - left_out - (set() if is_there else set(port.takes_over))):
            taken[process].append(port)
    for process, ports in taken.items():
        numbers = ", ".join(dict.fromkeys(f"{port.protocol} {port.number}" for port in ports))
        names = " and ".join(dict.fromkeys(port.service for port in ports))
        yield Finding(
            wanted.key,
            f"has {process} listening on {numbers}. {names} must listen there. Stop it, or move it to other ports.",
        )


def _is_of(port: Port, socket: Socket) -> bool:
    """Whether the port's own service listens there, as far as is known."""
    return not port.units or socket.unit is None or socket.unit in port.units


def _collide(port: Port, socket: Socket) -> bool:
    """Whether the two can't both listen, or one would get the other's connections."""
    if (socket.protocol, socket.port) != (port.protocol, port.number):
        return False
    address = ip_address(socket.address)
    if port.where == "everywhere" or address.is_unspecified:
        return True
    return address in OVERLAY.ipv4 if port.where == "overlay" else str(address) == "127.0.0.1"
