"""Monthly costs of hosts in Oracle's cloud, beyond Always Free."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Self

import yaml

from components.clouds.oracle.always_free import FLEXIBLE, MEMORY, OCPUS, VOLUMES
from components.clouds.oracle.host_settings import OracleHost
from components.cost.costs import HOURS_IN_A_MONTH, Costs

FILE = Path(__file__).parent / "prices.yaml"


@dataclass(frozen=True)
class ShapePrice:
    """Prices of one shape, in US dollars."""

    ocpu_hour: float
    gb_hour: float


@dataclass(frozen=True)
class Prices:
    """Prices in US dollars, without taxes. They are the same in all regions."""

    date: date
    shapes: Mapping[str, ShapePrice]
    """By Oracle's name of the shape."""
    volume_gb_month: float

    @classmethod
    @cache
    def read(cls) -> Self:
        """Reads the table beside this file."""
        table = yaml.safe_load(FILE.read_text())
        shapes = {name: ShapePrice(**price) for name, price in table["shapes"].items()}
        return cls(table["date"], shapes, table["volume_gb_month"])


class _Remaining:
    """What is left of a free amount."""

    def __init__(self, amount: float) -> None:
        self._left = amount

    def beyond(self, amount: float) -> float:
        """Takes an amount. Gives the part that is not free."""
        free = min(amount, self._left)
        self._left -= free
        return amount - free


def costs(hosts: Mapping[str, OracleHost], prices: Prices | None = None) -> Costs:
    """The first hosts that can use Always Free get it. Without `prices` the table's prices apply."""
    table = prices or Prices.read()
    ocpus, memory, volumes = _Remaining(OCPUS.limit), _Remaining(MEMORY.limit), _Remaining(VOLUMES.limit)
    months: dict[str, float] = {}
    for name, host in hosts.items():
        free = host.shape == FLEXIBLE
        cores = ocpus.beyond(host.ocpus) if free else host.ocpus
        gigabytes = memory.beyond(host.memory_gb) if free else host.memory_gb
        disks = volumes.beyond(host.boot_volume_gb + host.volume_gb)
        shape = table.shapes.get(host.shape)
        hour = shape.ocpu_hour * cores + shape.gb_hour * gigabytes if shape else 0.0
        months[name] = round(hour * HOURS_IN_A_MONTH + disks * table.volume_gb_month, 2)
    unpriced = tuple(name for name, host in hosts.items() if host.shape not in table.shapes)
    return Costs(months, table.date, tuple(f"the price of {name}'s {hosts[name].shape}" for name in unpriced), unpriced)
