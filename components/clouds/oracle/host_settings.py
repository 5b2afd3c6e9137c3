"""Settings of a host in Oracle's cloud."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from components.settings.host import Architecture, HostPart, check_server_memory


def shape_name(text: str) -> str:
    """Oracle's name of a shape."""
    if not re.fullmatch(r"(VM|BM)(\.[A-Za-z0-9]+)+", text):
        raise ValueError(f"{text} is not one of Oracle's shapes. Write one like VM.Standard.A1.Flex.")
    return text


def block_volume_size(size_gb: int) -> int:
    """Zero, or a size that Oracle offers."""
    if size_gb and size_gb < 50:
        raise ValueError("is too small: Oracle's block volumes have 50 GB or more. Use 50, or 0 for none.")
    return size_gb


def architecture_of(shape: str) -> Architecture:
    """Ampere shapes (A1, A2, A4) are arm64, all others amd64."""
    return "arm64" if re.search(r"\.A\d+\.", shape) else "amd64"


class OracleHost(HostPart):
    """An instance in Oracle's cloud."""

    cloud: Literal["oracle"]
    """An instance in Oracle's cloud."""
    shape: Annotated[str, AfterValidator(shape_name)] = "VM.Standard.A1.Flex"
    """Shape of the machine, by Oracle's name."""
    ocpus: float = Field(default=1, ge=1, le=128)
    """Number of cores: cores of an Ampere processor, or pairs of threads of others. For .Flex shapes only."""
    memory_gb: float = Field(default=6, ge=1, le=2048)
    """Memory, 1 to 64 GB a core. For .Flex shapes only."""
    boot_volume_gb: int = Field(default=50, ge=50, le=32768)
    """Size of the system disk. Oracle's minimum is 50."""
    availability_domain: str | None = None
    """Where to create it, if not in oracle.availability_domain. Has no effect on a host that exists."""
    fault_domain: Literal["FAULT-DOMAIN-1", "FAULT-DOMAIN-2", "FAULT-DOMAIN-3"] | None = None
    """One of the domain's three groups of hardware. None: Oracle chooses. Has no effect on a host that exists."""
    volume_gb: Annotated[int, AfterValidator(block_volume_size)] = Field(default=0, ge=0, le=32768)
    """Size of a block volume for data, 50 or more. It outlives the instance. 0: none."""

    @property
    def architecture(self) -> Architecture:
        """Of the shape."""
        return architecture_of(self.shape)

    @property
    def flexible(self) -> bool:
        """Whether the settings choose cores and memory."""
        return self.shape.endswith(".Flex")

    @property
    def data_disk_gb(self) -> int:
        """Size of the volume if there is one, otherwise of the system disk."""
        return self.volume_gb or self.boot_volume_gb

    @model_validator(mode="after")
    def has_memory_of_its_shape(self) -> Self:
        """Fixed shapes have fixed cores and memory. Flexible shapes have 1 to 64 GB a core."""
        if not self.flexible and self.model_fields_set & {"ocpus", "memory_gb"}:
            raise ValueError(f"{self.shape} has fixed cores and memory. Remove ocpus and memory_gb.")
        if self.flexible and not self.ocpus <= self.memory_gb <= 64 * self.ocpus:
            raise ValueError(f"{self.shape} has 1 to 64 GB of memory a core. Change memory_gb or ocpus.")
        return self

    @model_validator(mode="after")
    def server_has_memory_to_run(self) -> Self:
        """VM.Standard.E2.1.Micro has too little memory for a server: 1 GB."""
        check_server_memory(self.roles, 1 if self.shape == "VM.Standard.E2.1.Micro" else self.memory_gb)
        return self
