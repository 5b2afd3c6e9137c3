"""Oracle's Always Free tier, and the hosts of a stack that exceed it.

Oracle applies the limits to the whole account, in its home region only. This module does not know other stacks. Oracle
refuses more to accounts without payment. Since 15 June 2026 it stops their instances that exceed the limits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

FLEXIBLE = "VM.Standard.A1.Flex"
MICRO = "VM.Standard.E2.1.Micro"


class Machine(Protocol):
    """The settings of an Oracle host that count."""

    @property
    def shape(self) -> str: ...
    @property
    def ocpus(self) -> float: ...
    @property
    def memory_gb(self) -> float: ...
    @property
    def boot_volume_gb(self) -> int: ...
    @property
    def volume_gb(self) -> int: ...


@dataclass(frozen=True)
class Allowance:
    """A limit that all hosts share."""

    limit: float
    unit: str = ""
    """Unit after the amount: ` GB`."""


OCPUS = Allowance(2)
MEMORY = Allowance(12, " GB")
VOLUMES = Allowance(200, " GB")
MICROS = Allowance(2)


@dataclass(frozen=True)
class Excess:
    """A host that needs more than is left."""

    host: str
    setting: str
    """The host's setting: `ocpus`, `memory_gb`, `boot_volume_gb`, `volume_gb`, `shape`."""
    problem: str
    """What is wrong and what to do: a sentence without its subject, the setting."""


@dataclass
class _Ledger:
    """How much of one limit each host uses."""

    allowance: Allowance
    taken: dict[str, float] = field(default_factory=dict)

    def take(self, host: str, amount: float) -> bool:
        """Takes an amount, if enough is left. A refused amount does not count."""
        if sum(self.taken.values()) + amount > self.allowance.limit:
            return False
        self.taken[host] = self.taken.get(host, 0) + amount
        return True

    def state(self) -> str:
        """Limit and use as text: `2 in all, 1 used by oracle-1`."""
        unit, used = self.allowance.unit, {host: amount for host, amount in self.taken.items() if amount}
        users = f", {sum(used.values()):g}{unit} used by {' and '.join(used)}" if used else ""
        return f"{self.allowance.limit:g}{unit} in all{users}"


def excesses(hosts: Mapping[str, Machine]) -> Iterator[Excess]:
    """The Oracle hosts of a stack that are not free. Hosts that come first get the free amounts."""
    ocpus, memory, volumes, micros = map(_Ledger, (OCPUS, MEMORY, VOLUMES, MICROS))
    for name, host in hosts.items():
        if host.shape not in {FLEXIBLE, MICRO}:
            yield Excess(
                name,
                "shape",
                f"{host.shape} is not in Oracle's free tier. Use {FLEXIBLE}, or set oracle.allow_paid.",
            )
            continue
        if host.shape == MICRO and not micros.take(name, 1):
            instead = "Use another shape, or set oracle.allow_paid."
            yield Excess(name, "shape", f"{MICRO} is more than Oracle's free tier gives ({micros.state()}). {instead}")
        cores = [("ocpus", host.ocpus, ocpus), ("memory_gb", host.memory_gb, memory)] if host.shape == FLEXIBLE else []
        disks = [("boot_volume_gb", host.boot_volume_gb, volumes), ("volume_gb", host.volume_gb, volumes)]
        for setting, amount, ledger in (*cores, *disks):
            if amount and not ledger.take(name, amount):
                more = f"{amount:g}{ledger.allowance.unit} is more than Oracle's free tier gives ({ledger.state()})"
                yield Excess(name, setting, f"{more}. Lower it, or set oracle.allow_paid.")
