"""Settings that all hosts in Azure share. Subscription and credentials are settings of the provider."""

import re
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator

from components.artefacts import AZURE_IMAGES
from components.settings.part import Network, Part


def location_name(text: str) -> str:
    """The short name of a region."""
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
    """Images of Azure's marketplace for new hosts: `publisher:offer:sku:version`."""

    amd64: ImageUrn = AZURE_IMAGES["amd64"]
    """For AMD and Intel processors."""
    arm64: ImageUrn = AZURE_IMAGES["arm64"]
    """For ARM processors."""


class Azure(Part):
    """Settings that all hosts in Azure share. A stack with such a host needs the location."""

    location: Annotated[str, AfterValidator(location_name)] | None = None
    """Short name of the region: `westeurope`."""
    image: AzureImages = AzureImages()
    """Images by architecture. A host keeps the image that it was created from."""
    network: Network = IPv4Network("10.1.0.0/16")
    """Range of the network. Network and subnet can't be changed while hosts are in them."""
    subnet: Network = IPv4Network("10.1.0.0/24")
    """Range of the subnet, from which hosts get their addresses."""
    ipv6: bool = True
    """Whether hosts have IPv6 addresses too."""
