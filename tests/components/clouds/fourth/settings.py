"""Settings of the fourth cloud."""

from ipaddress import IPv4Network
from typing import Literal

from pydantic import Field

from components.settings.host import Architecture, HostPart
from components.settings.part import Network, Part


class Fourth(Part):
    """What all hosts in the fourth cloud share."""

    place: str | None = None
    """Where its hosts are. Required once there is one."""
    network: Network = IPv4Network("10.4.0.0/16")
    """Range of the network."""


class FourthHost(HostPart):
    """A server in the fourth cloud."""

    cloud: Literal["fourth"]
    """A server in the fourth cloud."""
    cores: int = Field(default=2, ge=1, le=64)
    """Cores of its processor."""
    disk_gb: int = Field(default=20, ge=20, le=100)
    """Size of its only disk."""

    @property
    def architecture(self) -> Architecture:
        """It has no others."""
        return "arm64"

    @property
    def data_disk_gb(self) -> int:
        """It has no other."""
        return self.disk_gb
