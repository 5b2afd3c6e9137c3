"""What Oracle gives for nothing, always, and which hosts of a stack are beyond it.

Oracle counts over a whole account, whatever its stacks, and only in the account's home region: what other stacks have
is not known here. Who pays for nothing is refused what goes beyond; since 15 June 2026 instances that are beyond it
already are stopped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

FLEXIBLE = "VM.Standard.A1.Flex"
MICRO = "VM.Standard.E2.1.Micro"


class Machine(Protocol):
    """What of an Oracle host's settings counts."""

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
    """An amount that all hosts share."""

    limit: float
    unit: str = ""
    """What follows the amount: ` GB`."""


OCPUS = Allowance(2)
MEMORY = Allowance(12, " GB")
VOLUMES = Allowance(200, " GB")
MICROS = Allowance(2)


@dataclass(frozen=True)
class Excess:
    """A host that asks for more than is left."""

    host: str
    setting: str
    """Of the host: `ocpus`, `memory_gb`, `boot_volume_gb`, `volume_gb`, `shape`."""
    problem: str
    """What is wrong, in a sentence that goes on from the setting, and what to do."""


@dataclass
class _Ledger:
    """Who has how much of one allowance."""

    allowance: Allowance
    taken: dict[str, float] = field(default_factory=dict)

    def take(self, host: str, amount: float) -> bool:
        """Whether there is enough left; what is refused is not counted."""
        if sum(self.taken.values()) + amount > self.allowance.limit:
            return False
        self.taken[host] = self.taken.get(host, 0) + amount
        return True

    def state(self) -> str:
        """What there is, and who has it: `2 in all, 1 used by oracle-1`."""
        unit, used = self.allowance.unit, {host: amount for host, amount in self.taken.items() if amount}
        users = f", {sum(used.values()):g}{unit} used by {' and '.join(used)}" if used else ""
        return f"{self.allowance.limit:g}{unit} in all{users}"


def excesses(hosts: Mapping[str, Machine]) -> Iterator[Excess]:
    """Which of a stack's Oracle hosts, by name and in their order, are not free. The first ones have what there is."""
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
