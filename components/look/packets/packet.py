"""A packet that the cluster needs: the first one of a connection."""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Literal

Hook = Literal["input", "forward", "output"]


@dataclass(frozen=True)
class Packet:
    """A packet that opens a connection."""

    what: str
    """What the packet is for, in words for the user."""
    hook: Hook
    """`input`: for the host itself. `forward`: passes through the host. `output`: from the host itself."""
    interface: str
    """The interface by which it comes in. Empty: it is from the host itself."""
    out: str
    """The interface by which it leaves. Empty: it is for the host itself."""
    source: IPv4Address
    target: IPv4Address
    port: int
    protocol: Literal["tcp", "udp"] = "tcp"
