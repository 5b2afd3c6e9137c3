"""Monthly costs of hosts in Azure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Self

import yaml

from components.clouds.azure.host_settings import AzureHost
from components.cost.costs import HOURS_IN_A_MONTH, Costs

FILE = Path(__file__).parent / "prices.yaml"


@dataclass(frozen=True)
class Prices:
    """Pay-as-you-go prices for Linux in US dollars, without taxes."""

    date: date
    """Day of the prices."""
    region: str
    """Region of the prices."""
    sizes: Mapping[str, float]
    """Price of an hour, by Azure's name of the VM size."""
    disk_month: Mapping[int, float]
    """Price of a month, by the maximum size of a disk in GB."""
    address_hour: float
    """Price of an hour of a public IPv4 address."""

    @classmethod
    @cache
    def read(cls) -> Self:
        """Reads the table beside this file."""
        return cls(**yaml.safe_load(FILE.read_text()))


def costs(hosts: Mapping[str, AzureHost], prices: Prices | None = None) -> Costs:
    """Spot machines count at the full price. Without `prices` the table's prices apply."""
    table = prices or Prices.read()
    months = {name: round(_month(host, table), 2) for name, host in hosts.items()}
    unpriced = tuple(name for name, host in hosts.items() if host.size not in table.sizes)
    return Costs(months, table.date, tuple(_unknown(hosts, table, unpriced)), unpriced)


def _month(host: AzureHost, prices: Prices) -> float:
    hour = prices.sizes.get(host.size, 0.0) + prices.address_hour
    return hour * HOURS_IN_A_MONTH + sum(_disk(gb, prices) for gb in (host.os_disk_gb, host.volume_gb) if gb)


def _disk(size_gb: int, prices: Prices) -> float:
    """The price of the smallest disk that is large enough. Disks beyond the table cost in proportion to its largest."""
    largest = max(prices.disk_month)
    if size_gb > largest:
        return prices.disk_month[largest] * size_gb / largest
    return prices.disk_month[min(size for size in prices.disk_month if size >= size_gb)]


def _unknown(hosts: Mapping[str, AzureHost], prices: Prices, unpriced: Collection[str]) -> Iterator[str]:
    yield from (f"the price of {name}'s {hosts[name].size}" for name in unpriced)
    if spot := [name for name, host in hosts.items() if host.spot]:
        yield f"what spot takes off for {' and '.join(spot)}, which changes by the hour"
    yield f"how Azure's region differs from {prices.region}"
