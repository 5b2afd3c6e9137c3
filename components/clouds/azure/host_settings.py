"""Settings of a host in Azure."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from components.settings.host import Architecture, HostPart, check_server_memory

# Family, cores, features in lower case, optional accelerator, optional version.
SIZE = re.compile(r"Standard_(?P<family>[A-Z]+)\d+(-\d+)?(?P<features>[a-z]*)(_[A-Za-z0-9]+)*")
# Sizes with less than the 2 GB of memory that a k3s server needs.
SMALL_GB = {
    "Standard_B1ls": 0.5,
    "Standard_B1s": 1,
    "Standard_B2ats_v2": 1,
    "Standard_B2pts_v2": 1,
    "Standard_B2ts_v2": 1,
}


def size_name(text: str) -> str:
    """Azure's name of a VM size."""
    if not SIZE.fullmatch(text):
        raise ValueError(f"{text} is not one of Azure's sizes. Write one like Standard_B2pls_v2.")
    return text


def architecture_of(size: str) -> Architecture:
    """Azure marks ARM processors by a `p` among a size's features."""
    found = SIZE.fullmatch(size)
    return "arm64" if found and "p" in found["features"] else "amd64"


class AzureHost(HostPart):
    """A virtual machine in Azure."""

    cloud: Literal["azure"]
    """A virtual machine in Azure."""
    size: Annotated[str, AfterValidator(size_name)] = "Standard_B2pls_v2"
    """Azure's name of the VM size. A `p` among its lower-case letters means an ARM processor."""
    zone: Literal[1, 2, 3] | None = None
    """Availability zone of the location. None: Azure chooses. Can't be changed on a host that exists."""
    spot: bool = False
    """Whether to use a spot machine: cheaper, but Azure may stop it at any time. Not for sizes of the B family."""
    os_disk_gb: int = Field(default=30, ge=30, le=4095)
    """Size of the system disk. Debian's image needs 30."""
    volume_gb: int = Field(default=0, ge=0, le=32767)
    """Size of a managed disk for data. It outlives the machine. 0: none."""

    @property
    def architecture(self) -> Architecture:
        """Of the size."""
        return architecture_of(self.size)

    @property
    def data_disk_gb(self) -> int:
        """Size of the volume if there is one, otherwise of the system disk."""
        return self.volume_gb or self.os_disk_gb

    @model_validator(mode="after")
    def server_has_memory_to_run(self) -> Self:
        """The cheapest sizes have 1 GB or less."""
        check_server_memory(self.roles, SMALL_GB.get(self.size, 2))
        return self

    @model_validator(mode="after")
    def spot_is_not_for_burstable_sizes(self) -> Self:
        """Azure would refuse it only when it creates the machine, after everything else exists."""
        found = SIZE.fullmatch(self.size)
        if self.spot and found and found["family"] == "B":
            raise ValueError(
                f"is spot, which Azure does not offer for B sizes like {self.size}. Change size, or set spot to false."
            )
        return self
