"""Settings of a host in Azure."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from components.settings.hosts.common import Architecture, HostPart, check_server_memory

# Family, cores, features in small letters, perhaps an accelerator, perhaps a version.
SIZE = re.compile(r"Standard_(?P<family>[A-Z]+)\d+(-\d+)?(?P<features>[a-z]*)(_[A-Za-z0-9]+)*")
# Sizes with less memory than the 2 GB that a k3s server asks for.
SMALL_GB = {
    "Standard_B1ls": 0.5,
    "Standard_B1s": 1,
    "Standard_B2ats_v2": 1,
    "Standard_B2pts_v2": 1,
    "Standard_B2ts_v2": 1,
}


def size_name(text: str) -> str:
    """A kind of machine, by Azure's name."""
    if not SIZE.fullmatch(text):
        raise ValueError(f"{text} is not one of Azure's sizes. Write one like Standard_B2pls_v2.")
    return text


class AzureHost(HostPart):
    """A virtual machine in Azure."""

    cloud: Literal["azure"]
    """A virtual machine in Azure."""
    size: Annotated[str, AfterValidator(size_name)] = "Standard_B2pls_v2"
    """Azure's name of the machine's kind. A `p` in its small letters means an ARM processor."""
    zone: Literal[1, 2, 3] | None = None
    """Availability zone of the location. None: none in particular. Can't be changed on a host that is there."""
    spot: bool = False
    """Whether to pay less for a machine that Azure may stop at any time. Not for sizes of the B family."""
    os_disk_gb: int = Field(default=30, ge=30, le=4095)
    """Size of the disk with the system. Debian's image needs 30."""
    volume_gb: int = Field(default=0, ge=0, le=32767)
    """Size of a managed disk for data, which outlives the machine; 0 for none."""

    @property
    def architecture(self) -> Architecture:
        """Azure marks ARM processors by a `p` among a size's features."""
        found = SIZE.fullmatch(self.size)
        return "arm64" if found and "p" in found["features"] else "amd64"

    @model_validator(mode="after")
    def server_has_memory_to_run(self) -> Self:
        """The cheapest sizes have 1 GB or less."""
        check_server_memory(self.roles, SMALL_GB.get(self.size, 2))
        return self

    @model_validator(mode="after")
    def spot_is_not_for_burstable_sizes(self) -> Self:
        """Azure refuses it when it creates the machine, after all else is there."""
        found = SIZE.fullmatch(self.size)
        if self.spot and found and found["family"] == "B":
            raise ValueError(
                f"is spot, and Azure has none of B sizes like {self.size}. Change size, or set spot to false."
            )
        return self
