"""No step gives the datastore a group that one lost member ends, or several members that take writes.

The settings have the same rules. This one reads what a step really writes to its host, and nothing else: it passes
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
    """What is wrong with the datastore after this step. `kind` is the type token."""
    if kind != STEP:
        return
    command = known(props).get("create")
    values, _ = values_of(command) if isinstance(command, str) else ({}, "")
    for datastore in registry.DATASTORES.values():
        yield from datastore.wrong_in_step(values)


datastore_has_a_majority_and_one_writer = mandatory(
    "datastore-has-a-majority-and-one-writer",
    "The datastore outvotes a lost member, and one member takes all writes.",
    wrong_in_step,
)
