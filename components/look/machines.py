"""Finds hosts whose machine is replaced: the stack's state knows a machine that is gone or has to go."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from components.clouds.registry import by_cloud
from components.hosts.once import DEVICE, enrol_step, first_boot_step, verbs_step
from components.look.facts import Facts
from components.look.reasons import Mark
from components.look.state import Done, Resources
from components.overlay.registry import OVERLAY
from components.rendering import leaves_mark, value_in
from components.settings.errors import Finding, path
from components.settings.host import HostPart

GONE, OUTGROWN, REINSTALLED, LOGGED_OUT, BEGUN = "gone", "outgrown", "reinstalled", "logged out", "begun"
CHANGES_OF_MACHINES = {
    GONE: "its machine is gone. A new one replaces it.",
    OUTGROWN: "its machine can't have the processor of the settings. A new one replaces it.",
    REINSTALLED: "its machine was reinstalled. It joins as a new one.",
    BEGUN: "a new machine has taken its place, and an earlier run ended before its steps.",
    LOGGED_OUT: "its machine was logged out of the tailnet. It joins again, as a new device.",
}


@dataclass(frozen=True)
class Machine:
    """What the stack's state says about one host's machine."""

    generation: int = 0
    """How many machines had this name before."""
    joined_as: str = ""
    """Name of its device in the tailnet. Empty: it has not joined, or an older version of this program joined it."""
    change: str = ""
    """Why all its steps run again: a key of CHANGES_OF_MACHINES. Empty: the machine stays as it is."""
    is_made: bool = True
    """Whether a cloud created it."""

    @property
    def is_new(self) -> bool:
        """Whether this `up` makes a new machine, or joins the machine anew."""
        return self.change not in ("", BEGUN)

    @property
    def wanted(self) -> int:
        """The generation after this `up`."""
        return self.generation + self.is_new

    @property
    def advice(self) -> str:
        """What to do when it does not answer."""
        if self.is_made:
            return " If the cloud has ended it, run `pulumi refresh`, then `pulumi up`: a new one takes its place"
        return " If it will never come back, set `lost: true` for it, run `pulumi up`, and take it out of the settings"


def machines_of(hosts: Mapping[str, HostPart], state: Resources, commands: Mapping[str, Done]) -> dict[str, Machine]:
    """The machine of each host. A cloud's machine is gone if `pulumi refresh` took it out of the state.

    `commands`: the commands of the state.
    """
    machines = {}
    for cloud, theirs in by_cloud(hosts).items():
        for name, wanted in theirs.items():
            generation = OVERLAY.generation_of(state, name)
            first = commands.get(first_boot_step(name))
            joined_as = value_in(first.command, DEVICE) if first else ""
            outputs = _machine(state, cloud.machine, name) if cloud.machine else None
            change = ""
            if cloud.machine and (generation is not None or verbs_step(name) in commands):
                if outputs is None:
                    change = GONE
                elif cloud.outgrown and cloud.outgrown(outputs, wanted):
                    change = OUTGROWN
                elif joined_as and not OVERLAY.is_device(state, name, joined_as):
                    change = BEGUN
            machines[name] = Machine(generation or 0, joined_as, change, cloud.machine is not None)
    return machines


def _machine(state: Resources, token: str, name: str) -> Mapping[str, Any] | None:
    """The outputs of the machine with this type and name. None: it is gone.

    Compares only the package and the class of the type. The module between them changes with the SDK's version, and a
    machine must not count as gone because of that.
    """

    def kind(text: str) -> tuple[str, str]:
        return text.partition(":")[0], text.rpartition(":")[2]

    return next((one for (of, called), one in state.items() if called == name and kind(of) == kind(token)), None)


def is_reinstalled(host: str, done: Mapping[str, Done], marks: Mapping[str, Mark]) -> bool:
    """Whether an existing machine was reinstalled: steps ran on it, but it has none of their marks.

    Old versions of this program left no marks. Their steps count as done: see `reasons`.
    """
    enrol = done.get(enrol_step(host))
    return enrol is not None and leaves_mark(enrol.command) and not done.keys() & marks.keys()


def is_logged_out(done: Mapping[str, Done], host: str, facts: Facts) -> bool:
    """Whether a machine has joined the tailnet and was logged out since. Its auth key can't be used again."""
    return enrol_step(host) in done and bool(facts.overlay) and OVERLAY.look.is_out(facts.overlay or {})


def one_database_member_at_a_time(hosts: Mapping[str, HostPart], machines: Mapping[str, Machine]) -> Iterator[Finding]:
    """A replaced machine loses its copy of the data. The other members must keep a majority meanwhile."""
    members = [name for name, host in hosts.items() if "database" in host.roles]
    replaced = [name for name in members if machines[name].change == OUTGROWN]
    missing = [name for name in members if machines[name].change in (GONE, BEGUN)]
    for name in replaced if len(replaced) + len(missing) > 1 else []:
        others = ", ".join(other for other in (*replaced, *missing) if other != name)
        yield Finding(
            path("hosts", name),
            "has a processor of another kind now, so a new machine takes its place, with an empty database, at the same"
            f" time as {others}. Change one host, run `pulumi up`, then change the next.",
        )
