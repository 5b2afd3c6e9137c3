"""Settings of Azure: where hosts are created there. Subscription and credentials are the provider's own settings."""

import re
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator

from components.settings.part import Network, Part


def location_name(text: str) -> str:
    """A region, by its short name."""
    if not re.fullmatch(r"[a-z]+[a-z0-9]*", text):
        raise ValueError(f"{text} is not one of Azure's locations. Write its short name, like westeurope.")
    return text


def image_urn(text: str) -> str:
    """An image of Azure's marketplace."""
    if not re.fullmatch(r"[\w.-]+:[\w.-]+:[\w.-]+:[\w.-]+", text):
        raise ValueError(f"{text} is not an image. Write publisher:offer:sku:version, as `az vm image list` does.")
    return text


ImageUrn = Annotated[str, AfterValidator(image_urn)]


class AzureImages(Part):
    """Images of Azure's marketplace, `publisher:offer:sku:version`, for hosts that are still to be created."""

    amd64: ImageUrn = "Debian:debian-12:12-gen2:latest"
    """For AMD's and Intel's processors."""
    arm64: ImageUrn = "Debian:debian-12:12-arm64:latest"
    """For ARM processors."""


class Azure(Part):
    """What all hosts in Azure share. The location is required once there is such a host."""

    location: Annotated[str, AfterValidator(location_name)] | None = None
    """Region, by its short name: `westeurope`."""
    image: AzureImages = AzureImages()
    """Images by architecture. A host keeps the one that it was created from."""
    network: Network = IPv4Network("10.1.0.0/16")
    """Range of the network. Can't be changed once there are hosts in it, nor can the subnet."""
    subnet: Network = IPv4Network("10.1.0.0/24")
    """Its part that hosts have addresses from."""
    ipv6: bool = True
    """Whether hosts have IPv6 addresses too."""
