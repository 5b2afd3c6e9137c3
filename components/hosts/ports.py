"""Ports that clouds' firewalls open, and the ports that the program's services need free on a host.

All other traffic uses the tailnet, and needs no open port.
"""

from dataclasses import dataclass
from typing import Literal

from components.overlay.registry import OVERLAY

WIREGUARD_PORT = OVERLAY.port
"""UDP, open to everyone: for direct paths between devices of the tailnet. Hosts are configured to use it."""

VISITOR_PORTS = (80, 443)
"""TCP, from visitors only, on hosts with the role `ingress` only."""


@dataclass(frozen=True)
class Port:
    """A port that one of the program's services needs on a host."""

    number: int
    service: str
    """Name of the service in messages: `HAProxy`."""
    steps: tuple[str, ...] = ()
    """Steps after which the service itself is there, named without the host. Empty: it never shows as a listener."""
    where: Literal["everywhere", "overlay", "loopback"] = "everywhere"
    """On which of the host's addresses."""
    protocol: Literal["tcp", "udp"] = "tcp"
    takes_over: tuple[str, ...] = ()
    """Processes that the service takes the place of: they give the port up."""
    units: tuple[str, ...] = ()
    """The systemd units in which the service listens after `steps`. Empty: any listener counts as the service."""
    clients: tuple[Literal["overlay", "pods"], ...] = ("overlay",)
    """From where a firewall must let packets in: other hosts, or pods of the same host. For `where` other than
    loopback."""
