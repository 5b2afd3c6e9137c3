"""No step gives the datastore a group that one lost member ends, several members that take writes, or an open door.

The settings have the same rules on votes. These read what a step really writes to its host, and nothing else: they pass
commands that are no step of this program. Each datastore's folder reads its own steps.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from components.datastore import registry
from policies.known import known
from policies.rule import mandatory
from policies.steps import values_of

STEP = "command:remote:Command"


def wrong_in_step(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Why the datastore could stop or disagree after this step. `kind` is the type token."""
    values = _values(kind, props)
    for datastore in registry.DATASTORES.values():
        yield from datastore.wrong_in_step(values)


def open_in_step(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Why somebody else could get into the datastore after this step."""
    values = _values(kind, props)
    for datastore in registry.DATASTORES.values():
        yield from datastore.open_in_step(values)


def _values(kind: str, props: Mapping[str, Any]) -> dict[str, str]:
    """The values of a step, by name. Of anything else: none."""
    command = known(props).get("create") if kind == STEP else None
    return values_of(command)[0] if isinstance(command, str) else {}


datastore_has_a_majority_and_one_writer = mandatory(
    "datastore-has-a-majority-and-one-writer",
    "The datastore outvotes a lost member, and one member takes all writes.",
    wrong_in_step,
)
datastore_lets_no_stranger_in = mandatory(
    "datastore-lets-no-stranger-in",
    "Members of the datastore know each other, and their clients, by certificates.",
    open_in_step,
)
