"""Azure's sizes of machines: their processors, memory and data disks, from Azure's published tables."""

from dataclasses import dataclass
from typing import Literal

from lab.providers.azure_native.cloud import CloudError

Architecture = Literal["x64", "Arm64"]
"""Azure's name of a processor architecture. In the lab it is only a label: all machines have this computer's."""


@dataclass(frozen=True)
class Size:
    """A size. spot: whether Azure offers it as a Spot machine. Burstable sizes can't be Spot machines."""

    name: str
    architecture: Architecture
    cpus: int
    memory_gb: float
    data_disks: int
    spot: bool


# Name with {} for the number of processors, architecture, GiB per processor, possible numbers of processors.
FAMILIES: tuple[tuple[str, Architecture, float, tuple[int, ...]], ...] = (
    ("B{}ts_v2", "x64", 0.5, (2,)),
    ("B{}ls_v2", "x64", 2, (2, 4, 8, 16, 32)),
    ("B{}s_v2", "x64", 4, (2, 4, 8, 16, 32)),
    ("B{}ats_v2", "x64", 0.5, (2,)),
    ("B{}als_v2", "x64", 2, (2, 4, 8, 16, 32)),
    ("B{}as_v2", "x64", 4, (2, 4, 8, 16, 32)),
    ("B{}pts_v2", "Arm64", 0.5, (2,)),
    ("B{}pls_v2", "Arm64", 2, (2, 4, 8, 16)),
    ("B{}ps_v2", "Arm64", 4, (2, 4, 8, 16)),
    *((f"D{{}}{letters}_v5", "x64", 4, (2, 4, 8, 16, 32, 48, 64, 96)) for letters in ("s", "ds", "as", "ads")),
    *((f"D{{}}{letters}_v5", "x64", 2, (2, 4, 8, 16, 32, 48, 64, 96)) for letters in ("ls", "lds")),
    *((f"D{{}}{letters}_v6", "x64", 4, (2, 4, 8, 16, 32, 48, 64, 96)) for letters in ("s", "ds", "as", "ads")),
    *((f"D{{}}{letters}_v6", "x64", 2, (2, 4, 8, 16, 32, 48, 64, 96)) for letters in ("ls", "lds", "als", "alds")),
    *((f"D{{}}{letters}_v5", "Arm64", 4, (2, 4, 8, 16, 32, 48, 64)) for letters in ("ps", "pds")),
    *((f"D{{}}{letters}_v5", "Arm64", 2, (2, 4, 8, 16, 32, 48, 64)) for letters in ("pls", "plds")),
    *((f"D{{}}{letters}_v6", "Arm64", 4, (2, 4, 8, 16, 32, 48, 64, 96)) for letters in ("ps", "pds")),
    *((f"D{{}}{letters}_v6", "Arm64", 2, (2, 4, 8, 16, 32, 48, 64, 96)) for letters in ("pls", "plds")),
)
DISKS = {1: 2, 2: 4, 4: 8, 8: 16, 16: 32}
"""Data disks by number of processors. Larger sizes have 32."""
FIRST_B_SERIES = {
    "B1ls": (1, 0.5),
    "B1s": (1, 1),
    "B1ms": (1, 2),
    "B2s": (2, 4),
    "B2ms": (2, 8),
    "B4ms": (4, 16),
    "B8ms": (8, 32),
}


def catalogue() -> dict[str, Size]:
    """All sizes of the lab, by name in lower case: names are case-insensitive."""
    sizes = [
        Size(f"Standard_{name}", "x64", cpus, gb, DISKS[cpus], spot=False)
        for name, (cpus, gb) in FIRST_B_SERIES.items()
    ]
    for pattern, architecture, gb, numbers in FAMILIES:
        for cpus in numbers:
            name, spot = f"Standard_{pattern.format(cpus)}", not pattern.startswith("B")
            sizes.append(Size(name, architecture, cpus, gb * cpus, DISKS.get(cpus, 32), spot))
    return {size.name.lower(): size for size in sizes}


SIZES = catalogue()


def size_of(name: str, region: str, what: str) -> Size:
    """The size with that name. Raises CloudError, like Azure, if there is none."""
    size = SIZES.get(name.lower())
    if size is None:
        known = sorted(each.name for each in SIZES.values() if each.cpus <= DISKS[2])
        message = (
            f"The requested VM size {name} is currently not available in location '{region}'. Try another size;"
            f" the smaller ones that the lab has are {', '.join(known)}"
        )
        raise CloudError(what, "SkuNotAvailable", message)
    return size
