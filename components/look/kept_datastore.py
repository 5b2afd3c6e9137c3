"""A stack that has a cluster keeps its datastore: nothing moves the data to another kind, or an only copy elsewhere."""

from collections.abc import Iterator, Mapping

from components.datastore.registry import DATASTORES
from components.look.machines import BEGUN, GONE, OUTGROWN, REINSTALLED, Machine
from components.look.state import Done
from components.settings.errors import Finding, path
from components.settings.host import HostPart


def datastore_stays_of_its_kind(wanted: str, done: Mapping[str, Done]) -> Iterator[Finding]:
    """Otherwise the members would leave, and k3s would find an empty datastore: the cluster would be lost.

    `wanted`: the kind in the settings. `done`: the commands in the stack's state. Its steps tell which kind it has.
    """
    for name, kind in DATASTORES.items():
        others = {step for other in DATASTORES.values() if other is not kind for step in other.look.steps}
        theirs = tuple(f"{step}-" for step in kind.look.steps if step not in others)
        if name != wanted and any(command.startswith(theirs) for command in done):
            yield Finding(
                "datastore.kind",
                f"was {name}, and this stack's cluster has its data there: it does not move to"
                f" {wanted}. Set it back to {name}. For a cluster with {wanted}, make"
                " another stack, move your apps and their data there, then destroy this one.",
            )


def only_copy_stays_on_its_host(
    wanted: str, hosts: Mapping[str, HostPart], machines: Mapping[str, Machine], done: Mapping[str, Done]
) -> Iterator[Finding]:
    """Otherwise k3s would begin an empty cluster on another machine, and the stack's state would be of the lost one.

    Arguments as above; `machines` by host.
    """
    step = DATASTORES[wanted].look.only_copy
    for command in done if step else ():
        name = command.removeprefix(f"{step}-")
        if name == command:
            continue
        if name not in hosts or "server" not in hosts[name].roles:
            yield Finding(
                path("hosts", name),
                f"has the cluster's state alone: {wanted} does not move it. Make {name} the server again. For a cluster"
                " on another host, make another stack, move your apps and their data there, then destroy this one.",
            )
        elif machines[name].change == OUTGROWN:
            yield Finding(
                path("hosts", name),
                "has a processor of another kind now, so a new machine would take its place, and the cluster's state"
                f" would be lost: {wanted} has no other copy. Set it back, or make another stack.",
            )
        elif machines[name].change in (GONE, BEGUN, REINSTALLED):
            yield Finding(
                path("hosts", name),
                f"has lost its machine or its disk, and the cluster's state with it: {wanted} has no other copy."
                " docs/datastores.md#sqlite says how to begin a new cluster.",
            )
