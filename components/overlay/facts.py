"""Names and numbers of an overlay network that hosts and firewalls need."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

from components.settings.errors import Finding


@dataclass(frozen=True)
class OverlayLook:
    """The overlay's part in the look at a host (components/look). What was found is known to the overlay alone."""

    gather: Path
    """A part of the script that runs on the host, with the function `overlay`: it returns what was found, for JSON."""
    findings: Callable[[str, Any, Mapping[str, Any]], Iterator[Finding]]
    """What is wrong on a host: the key of its settings, the overlay's own settings, and what was found."""
    is_out: Callable[[Mapping[str, Any]], bool]
    """Whether the host is in no network, although the overlay's program is there."""
    opens_iptables: Callable[[Mapping[str, Any]], bool]
    """Whether the overlay itself lets its packets in, before all other rules of iptables."""


@dataclass(frozen=True)
class OverlayFacts:
    """Name, interface, systemd unit, address ranges and port of an overlay network."""

    name: str
    """Name of its program, for messages."""
    status_command: str
    """What a user runs to see whether a computer is in the network."""
    interface: str
    """Name of its network interface on every host."""
    unit: str
    """systemd unit on every host that keeps the interface up."""
    networks: tuple[IPv4Network, IPv6Network]
    """Its whole address ranges. Nothing else may use them, even if few addresses are in use."""
    port: int
    """UDP port for direct paths between hosts. Firewalls open it to everyone."""
    look: OverlayLook
    """What to look for on hosts."""
    generation_of: Callable[[Mapping[tuple[str, str], Mapping[str, Any]], str], int | None]
    """From the stack's state (outputs by type and name), which machine of a host's name its place is for: 0 for the
    first. None: the host has no place yet."""
    is_device: Callable[[Mapping[tuple[str, str], Mapping[str, Any]], str, str], bool]
    """From the stack's state: whether the device with this name belongs to the present machine of a host's name."""

    @property
    def ipv4(self) -> IPv4Network:
        """The range of IPv4 addresses."""
        return self.networks[0]
