"""Settings that all hosts in Oracle's cloud share. Region and credentials are settings of the provider."""

import re
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator

from components.settings.part import Network, Part


def family(text: str) -> str:
    """Operating system and version, as in Oracle's list of images."""
    if not re.fullmatch(r"(Canonical Ubuntu|Debian) \d+(\.\d+)?", text):
        raise ValueError(f"{text} is no family of images for hosts. Write one like Canonical Ubuntu 24.04.")
    return text


class Images(Part):
    """OCIDs of Debian or Ubuntu images for new hosts."""

    amd64: str | None = None
    """OCID. None: the newest of oracle.image_family."""
    arm64: str | None = None
    """OCID. None: the newest of oracle.image_family."""


class Oracle(Part):
    """Settings that all hosts in Oracle's cloud share. A stack with such a host needs compartment, domain and image."""

    compartment: str | None = None
    """OCID of the compartment for all resources."""
    availability_domain: str | None = None
    """Full name as in the console, with its prefix: `Uocm:EU-FRANKFURT-1-AD-1`."""
    image: Images = Images()
    """OCIDs of images, by architecture."""
    image_family: Annotated[str, AfterValidator(family)] | None = None
    """System and version: `Canonical Ubuntu 24.04`. Without `image`, a new host gets the newest image of the family and
    keeps it."""
    network: Network = IPv4Network("10.0.0.0/16")
    """Range of the network. Network and subnet can't be changed while hosts are in them."""
    subnet: Network = IPv4Network("10.0.0.0/24")
    """Range of the subnet, from which hosts get their addresses."""
    ipv6: bool = True
    """Whether hosts have IPv6 addresses, too. Oracle chooses the range."""
    allow_paid: bool = False
    """Whether hosts may exceed Always Free and cost money. If false, the program refuses such a stack."""

    @property
    def system(self) -> tuple[str, str] | None:
        """The image family as Oracle asks for it: operating system, and its version."""
        name, _, version = (self.image_family or "").rpartition(" ")
        return (name, version) if name else None
