"""Settings of Oracle's cloud: where hosts are created there. Region and credentials are the provider's own settings."""

import re
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator

from components.settings.part import Network, Part


def family(text: str) -> str:
    """A system and its version, as Oracle's list of images names them."""
    if not re.fullmatch(r"(Canonical Ubuntu|Debian) \d+(\.\d+)?", text):
        raise ValueError(f"{text} is no family of images for hosts. Write one like Canonical Ubuntu 24.04.")
    return text


class Images(Part):
    """OCIDs of Debian or Ubuntu images, for hosts that are still to be created."""

    amd64: str | None = None
    """OCID. None: the newest of oracle.image_family."""
    arm64: str | None = None
    """OCID. None: the newest of oracle.image_family."""


class Oracle(Part):
    """What all hosts in Oracle's cloud share. Compartment, domain and image are required once there is such a host."""

    compartment: str | None = None
    """OCID of the compartment that everything is created in."""
    availability_domain: str | None = None
    """As the console shows it, with its prefix: `Uocm:EU-FRANKFURT-1-AD-1`."""
    image: Images = Images()
    """Images by their OCIDs, by architecture."""
    image_family: Annotated[str, AfterValidator(family)] | None = None
    """System and version to look up the newest image of, where `image` names none: `Canonical Ubuntu 24.04`. A
    host keeps the image that it was created from."""
    network: Network = IPv4Network("10.0.0.0/16")
    """Range of the network. Can't be changed once there are hosts in it, nor can the subnet."""
    subnet: Network = IPv4Network("10.0.0.0/24")
    """Its part that hosts have addresses from."""
    ipv6: bool = True
    """Whether hosts have IPv6 addresses too; Oracle chooses the range."""
    allow_paid: bool = False
    """Whether hosts may go beyond what Always Free gives. Without it, a stack that would is refused."""

    @property
    def system(self) -> tuple[str, str] | None:
        """The image family as Oracle asks for it: operating system, and its version."""
        name, _, version = (self.image_family or "").rpartition(" ")
        return (name, version) if name else None
