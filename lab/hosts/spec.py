"""What a host of the lab is to be, and what it is at the moment."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import ClassVar

from pydantic import ConfigDict

from lab.lab import PUBLIC_NETWORK, ROLES
from lab.network import Attachment, Link, Rule


@dataclass(frozen=True)
class HostSpec:
    """A computer as a cloud is asked for it. Raises ValueError for what can't be.

    name: DNS label, not one of lab.ROLES. subnet: CIDR that the private address and the gateway are in. network: CIDR
    of the virtual network around it, within which private addresses are reached; empty: the subnet alone.
    public_address: within lab.PUBLIC_NETWORK, or None. user_data: for cloud-init, may hold secrets. authorized_keys:
    for cloud-init's default user. instance_id: cloud-init runs once for each; empty: the name. firewall: what no rule
    lets through is dropped, both ways. memory_bytes, cpus: limits, not reservations; None is the whole machine.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    name: str
    private_address: str
    subnet: str
    gateway: str
    network: str = ""
    public_address: str | None = None
    user_data: bytes = field(default=b"", repr=False)
    authorized_keys: tuple[str, ...] = ()
    instance_id: str = ""
    firewall: tuple[Rule, ...] = ()
    memory_bytes: int | None = None
    cpus: float | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", self.name) or self.name in ROLES:
            raise ValueError(f"host name {self.name!r}: use a DNS label other than {', '.join(ROLES)}")
        for address in (self.private_address, self.gateway):
            if ip_address(address) not in ip_network(self.subnet):
                raise ValueError(f"host {self.name}: {address} is not in its subnet {self.subnet}")
        if self.private_address == self.gateway:
            raise ValueError(f"host {self.name}: {self.gateway} is its gateway's address, it can't be its own")
        if self.public_address and ip_address(self.public_address) not in ip_network(PUBLIC_NETWORK):
            raise ValueError(f"host {self.name}: public address {self.public_address} is not in {PUBLIC_NETWORK}")

    @property
    def attachment(self) -> Attachment:
        """What the router has to know."""
        network = self.network or self.subnet
        return Attachment(self.name, self.private_address, network, self.public_address, self.firewall)

    @property
    def link(self) -> Link:
        """The host's cable."""
        return Link(self.name, (self.private_address,), self.subnet, self.gateway)


@dataclass(frozen=True)
class HostState:
    """A host as it is now. pid: its init as the machine sees it, since: when that was started; None when it is off."""

    name: str
    private_address: str
    public_address: str | None
    running: bool
    pid: int | None
    since: datetime | None
