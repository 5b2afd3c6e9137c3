"""The table of prices, read once. Beside it is the file with the numbers and their date."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Self

import yaml

FILE = Path(__file__).parent / "prices.yaml"


@dataclass(frozen=True)
class ShapePrice:
    """One of Oracle's shapes, in US dollars."""

    ocpu_hour: float
    gb_hour: float


@dataclass(frozen=True)
class Prices:
    """US dollars without taxes, on one day."""

    date: date
    hours_in_a_month: float
    shapes: dict[str, ShapePrice]
    """By Oracle's shape."""
    volume_gb_month: float
    """Oracle's volumes, a gigabyte."""
    region: str
    """Where Azure's prices are from."""
    sizes: dict[str, float]
    """An hour, by Azure's size."""
    disk_month: dict[int, float]
    """By gigabytes that a disk of Azure's has at most."""
    address_hour: float
    """A public IPv4 address in Azure."""
    unknown: tuple[str, ...]
    """What a month's bill may have besides."""

    @classmethod
    @cache
    def read(cls) -> Self:
        """The table that is beside this file."""
        table = yaml.safe_load(FILE.read_text())
        oracle, azure = table["oracle"], table["azure"]
        return cls(
            date=table["date"],
            hours_in_a_month=table["hours_in_a_month"],
            shapes={name: ShapePrice(**price) for name, price in oracle["shapes"].items()},
            volume_gb_month=oracle["volume_gb_month"],
            region=azure["region"],
            sizes=azure["sizes"],
            disk_month=azure["disk_month"],
            address_hour=azure["address_hour"],
            unknown=tuple(table["unknown"]),
        )
