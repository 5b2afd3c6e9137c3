"""Oracle's shapes (types of machines): the processors and memory of an instance, by Oracle's published limits."""

from dataclasses import dataclass
from typing import Any, Literal

Architecture = Literal["amd64", "arm64"]


@dataclass(frozen=True)
class Shape:
    """A type of machine. Flexible shapes have 1 to `ocpus` cores and 1 to 64 GB per core, at most `memory_gb`."""

    architecture: Architecture
    flexible: bool
    ocpus: float
    memory_gb: float
    usual_gb: float = 16
    """The default memory per core, for flexible shapes only."""

    @property
    def threads(self) -> int:
        """Virtual processors per core."""
        return 1 if self.architecture == "arm64" else 2


SHAPES = {
    "VM.Standard.A1.Flex": Shape("arm64", True, 80, 512, 6),
    "VM.Standard.A2.Flex": Shape("arm64", True, 78, 946, 6),
    "VM.Standard.E2.1.Micro": Shape("amd64", False, 1, 1),
    "VM.Standard.E3.Flex": Shape("amd64", True, 114, 1776),
    "VM.Standard.E4.Flex": Shape("amd64", True, 114, 1760),
    "VM.Standard.E5.Flex": Shape("amd64", True, 126, 2098),
    "VM.Standard3.Flex": Shape("amd64", True, 56, 896),
    "VM.Standard2.1": Shape("amd64", False, 1, 15),
    "VM.Standard2.2": Shape("amd64", False, 2, 30),
    "VM.Standard2.4": Shape("amd64", False, 4, 60),
}
GB_A_CORE = 64


@dataclass(frozen=True)
class Size:
    """The size of one instance."""

    shape: Shape
    ocpus: float
    memory_gb: float


def size_of(name: Any, config: dict[str, Any]) -> Size:
    """The size from shape and shapeConfig. Raises ValueError with one line if Oracle would refuse it."""
    if name not in SHAPES:
        raise ValueError(f"shape {name}: the lab has {', '.join(SHAPES)}")
    shape = SHAPES[name]
    if not shape.flexible:
        if config.get("ocpus") or config.get("memoryInGbs"):
            raise ValueError(f"shape {name} has fixed cores and memory: leave out shapeConfig")
        return Size(shape, shape.ocpus, shape.memory_gb)
    if "ocpus" not in config:
        raise ValueError(f"shape {name} is flexible: shapeConfig.ocpus is required")
    ocpus = config["ocpus"]
    memory_gb = config.get("memoryInGbs", ocpus * shape.usual_gb)
    if not 1 <= ocpus <= shape.ocpus:
        raise ValueError(f"shape {name} has 1 to {shape.ocpus} cores, not {ocpus}")
    if not ocpus <= memory_gb <= min(ocpus * GB_A_CORE, shape.memory_gb):
        raise ValueError(f"shape {name} has 1 to {GB_A_CORE} GB of memory a core, not {memory_gb} GB for {ocpus}")
    return Size(shape, ocpus, memory_gb)
