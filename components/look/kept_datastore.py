"""A stack that has a cluster keeps its kind of datastore: nothing moves the data from one kind to another."""

from collections.abc import Iterator, Mapping

from components.datastore.registry import DATASTORES
from components.look.state import Done
from components.settings.errors import Finding


def datastore_stays_of_its_kind(wanted: str, done: Mapping[str, Done]) -> Iterator[Finding]:
    """Otherwise the members would leave, and k3s would find an empty datastore: the cluster would be lost.

    `wanted`: the kind in the settings. `done`: the commands in the stack's state. Its steps tell which kind it has.
    """
    shared = set(DATASTORES[wanted].look.steps)
    for name, kind in DATASTORES.items():
        theirs = tuple(f"{step}-" for step in kind.look.steps if step not in shared)
        if any(command.startswith(theirs) for command in done):
            yield Finding(
                "datastore.kind",
                f"was {name}, and this stack's cluster has its data there: it does not move to"
                f" {wanted}. Set it back to {name}. For a cluster with {wanted}, make"
                " another stack, move your apps and their data there, then destroy this one.",
            )
