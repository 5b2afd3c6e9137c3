"""What a host of the lab is to be, and what it is at the moment."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from typing import ClassVar

from pydantic import ConfigDict

from lab.lab import PUBLIC_NETWORK, ROLES
from lab.network import HOME, Attachment, Link, Rule
from lab.network.router import PRIVATE_6


@dataclass(frozen=True)
class AttachedVolume:
    """A block volume as a host has it: the volume's id (see create_volume), and paths in the host that lead to it.

    paths: beneath /dev, as the cloud makes them (`/dev/oracleoci/oraclevdb`), links to the device itself, which is a
    /dev/loopN. Raises ValueError for any other path.
    """

    id: str
    paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for path in self.paths:
            if not re.fullmatch(r"/dev(/[A-Za-z0-9_:+-][A-Za-z0-9._:+-]*)+", path) or path.startswith("/dev/loop"):
                raise ValueError(f"volume {self.id}: {path!r} is no path for it: name one beneath /dev, not /dev/loopN")


@dataclass(frozen=True)
class HostSpec:
    """A computer as a cloud is asked for it. Raises ValueError for what can't be.

    name: DNS label, not one of lab.ROLES. subnet: CIDR that the private address and the gateway are in. network: CIDR
    of the virtual network around it, within which private addresses are reached; empty: the subnet alone.
    public_address: within lab.PUBLIC_NETWORK (at home: any), or None. user_data: for cloud-init, may hold secrets.
    authorized_keys: for cloud-init's default user. instance_id: cloud-init runs once for each; empty: the name.
    firewall: what no rule lets through is dropped, both ways. memory_bytes, cpus: limits, not reservations; None is the
    whole machine.

    cloud: `oracle`, `azure` or HOME; networks of the same range in two clouds are two networks. ipv6: on eth0 (a host
    of `oracle` has to set it up there by itself), within ipv6_subnet (CIDR), its gateway is lab.network.IPV6_GATEWAY; a
    global one (of lab.IPV6_POOLS) is reached as it is, a private one (fc00::/7) only within ipv6_network (CIDR; empty:
    the subnet) and, translated, as public_ipv6.
    volumes: block volumes that are there, of this lab and of no other host. shared_address: instead of a public
    address, the outside address of the router at home that it is behind. system: `debian`, or `ubuntu`, whose host
    behaves as Ubuntu 24.04 (see lab/image/ubuntu.sh). files: text by absolute path, what the cloud has put into it.
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
    cloud: str = ""
    ipv6: str | None = None
    ipv6_subnet: str = ""
    ipv6_network: str = ""
    public_ipv6: str | None = None
    volumes: tuple[AttachedVolume, ...] = ()
    shared_address: str | None = None
    system: str = "debian"
    files: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", self.name) or self.name in ROLES:
            raise ValueError(f"host name {self.name!r}: use a DNS label other than {', '.join(ROLES)}")
        for address in (self.private_address, self.gateway):
            if ip_address(address) not in ip_network(self.subnet):
                raise ValueError(f"host {self.name}: {address} is not in its subnet {self.subnet}")
        if self.private_address == self.gateway:
            raise ValueError(f"host {self.name}: {self.gateway} is its gateway's address, it can't be its own")
        if self.system not in ("debian", "ubuntu"):
            raise ValueError(f"host {self.name}: there is no image of {self.system}")
        own = self.public_address and self.cloud != HOME
        if own and ip_address(self.public_address or "") not in ip_network(PUBLIC_NETWORK):
            raise ValueError(f"host {self.name}: public address {self.public_address} is not in {PUBLIC_NETWORK}")
        if self.public_address and self.shared_address:
            raise ValueError(f"host {self.name}: it has an address of its own or shares one, not both")
        self._check_ipv6()
        if len({volume.id for volume in self.volumes}) < len(self.volumes):
            raise ValueError(f"host {self.name}: a volume can be attached to it once")

    def _check_ipv6(self) -> None:
        if self.ipv6 and IPv6Address(self.ipv6) not in IPv6Network(self.ipv6_subnet or "::/128"):
            raise ValueError(f"host {self.name}: {self.ipv6} is not in its subnet {self.ipv6_subnet or '(none)'}")
        if self.public_ipv6 and not (self.ipv6 and IPv6Address(self.ipv6) in IPv6Network(PRIVATE_6)):
            raise ValueError(f"host {self.name}: {self.public_ipv6} needs a private IPv6 address to be translated to")

    @property
    def addresses(self) -> frozenset[str]:
        """Every address that nobody else can have."""
        own = (self.private_address, self.public_address, self.ipv6, self.public_ipv6)
        return frozenset(address for address in own if address)

    @property
    def global_ipv6(self) -> str | None:
        """The IPv6 address by which everybody reaches it; None if there is none."""
        private = self.ipv6 and IPv6Address(self.ipv6) in IPv6Network(PRIVATE_6)
        return self.public_ipv6 if private else self.ipv6

    @property
    def attachment(self) -> Attachment:
        """What the router has to know."""
        return Attachment(
            name=self.name,
            private_address=self.private_address,
            network=self.network or self.subnet,
            public_address=self.public_address,
            rules=self.firewall,
            cloud=self.cloud,
            shared_address=self.shared_address,
            ipv6=self.ipv6,
            network_6=self.ipv6_network or self.ipv6_subnet,
            public_ipv6=self.public_ipv6,
        )

    @property
    def link(self) -> Link:
        """The host's cable."""
        addresses_6 = (self.ipv6,) if self.ipv6 else ()
        return Link(
            self.name,
            (self.private_address,),
            self.subnet,
            self.gateway,
            addresses_6,
            self.ipv6_subnet,
            set_up_6=self.cloud != "oracle",
        )


@dataclass(frozen=True)
class HostState:
    """A host as it is now. pid: its init as the machine sees it, since: when that was started; None when it is off.

    public_ipv6: as everybody reaches it. cloud: see HostSpec. volumes: ids.
    """

    name: str
    private_address: str
    public_address: str | None
    running: bool
    pid: int | None
    since: datetime | None
    cloud: str = ""
    public_ipv6: str | None = None
    volumes: tuple[str, ...] = ()
