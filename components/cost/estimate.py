"""What a stack is expected to cost a month, and what of its bill can't be known beforehand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components.cost.always_free import FLEXIBLE, MEMORY, OCPUS, VOLUMES
from components.cost.prices import Prices
from components.settings.hosts import AzureHost, ExistingHost, Host, OracleHost


@dataclass(frozen=True)
class Estimate:
    """A month, in US dollars."""

    hosts: dict[str, float]
    """By host. What Always Free gives goes to the first Oracle hosts that can use it."""
    unknown: tuple[str, ...]
    """What may come on top, or be less."""
    prices: str
    """The day that prices are from, as 2025-03-01."""

    @property
    def total(self) -> float:
        """Of all hosts."""
        return round(sum(self.hosts.values()), 2)

    def __str__(self) -> str:
        paid = [f"{name} {cost:.2f}" for name, cost in self.hosts.items() if cost]
        parts = f" ({', '.join(paid)})" if len(paid) > 1 else ""
        return (
            f"about {self.total:.2f} USD a month{parts} by prices of {self.prices}; without {'; '.join(self.unknown)}"
        )

    def output(self) -> dict[str, object]:
        """As a stack's output."""
        return {"usd": self.total, "hosts": self.hosts, "prices_of": self.prices, "without": list(self.unknown)}


class _Free:
    """What is left of an allowance."""

    def __init__(self, amount: float) -> None:
        self._left = amount

    def beyond(self, amount: float) -> float:
        """What of an amount is to be paid for."""
        free = min(amount, self._left)
        self._left -= free
        return amount - free


def estimate(hosts: Mapping[str, Host], prices: Prices | None = None) -> Estimate:
    """What hosts cost; `prices` are the table's, if not given."""
    table = prices or Prices.read()
    ocpus, memory, volumes = _Free(OCPUS.limit), _Free(MEMORY.limit), _Free(VOLUMES.limit)
    costs: dict[str, float] = {}
    for name, host in hosts.items():
        if isinstance(host, OracleHost):
            free = host.shape == FLEXIBLE
            cores = ocpus.beyond(host.ocpus) if free else host.ocpus
            gigabytes = memory.beyond(host.memory_gb) if free else host.memory_gb
            disks = volumes.beyond(host.boot_volume_gb + host.volume_gb)
            costs[name] = _oracle(host, cores, gigabytes, disks, table)
        elif isinstance(host, AzureHost):
            costs[name] = _azure(host, table)
        else:
            costs[name] = 0.0
    return Estimate(costs, (*_not_in_the_table(hosts, table), *table.unknown), table.date.isoformat())


def _oracle(host: OracleHost, cores: float, gigabytes: float, disks: float, prices: Prices) -> float:
    shape = prices.shapes.get(host.shape)
    hour = shape.ocpu_hour * cores + shape.gb_hour * gigabytes if shape else 0.0
    return round(hour * prices.hours_in_a_month + disks * prices.volume_gb_month, 2)


def _azure(host: AzureHost, prices: Prices) -> float:
    hour = prices.sizes.get(host.size, 0.0) + prices.address_hour
    disks = sum(_disk(size_gb, prices) for size_gb in (host.os_disk_gb, host.volume_gb) if size_gb)
    return round(hour * prices.hours_in_a_month + disks, 2)


def _disk(size_gb: int, prices: Prices) -> float:
    """The smallest disk that is large enough; beyond the table in proportion to its largest."""
    largest = max(prices.disk_month)
    if size_gb > largest:
        return prices.disk_month[largest] * size_gb / largest
    return prices.disk_month[min(size for size in prices.disk_month if size >= size_gb)]


def _not_in_the_table(hosts: Mapping[str, Host], prices: Prices) -> Iterable[str]:
    """What this stack has that the table does not."""
    for name, host in hosts.items():
        if isinstance(host, OracleHost) and host.shape not in prices.shapes:
            yield f"the price of {name}'s {host.shape}"
        if isinstance(host, AzureHost) and host.size not in prices.sizes:
            yield f"the price of {name}'s {host.size}"
    azure = [name for name, host in hosts.items() if isinstance(host, AzureHost)]
    spot = [name for name in azure if isinstance(found := hosts[name], AzureHost) and found.spot]
    if spot:
        yield f"what spot takes off for {' and '.join(spot)}, which changes by the hour"
    if azure:
        yield f"how Azure's region differs from {prices.region}"
    if any(isinstance(host, ExistingHost) for host in hosts.values()):
        yield "power and internet of machines that were there already"
