"""The rule for owners: a machine belongs to one stack of this program."""

from collections.abc import Iterator

from components.look.facts import Facts
from components.look.wanted import WantedHost
from components.rendering import MARKS_FOLDER, STACK_FILE
from components.settings.errors import Finding


def machine_belongs_to_no_other_stack(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """Two stacks would overwrite each other's services and data."""
    if wanted.is_of_another_stack(facts):
        yield Finding(
            wanted.key,
            f"belongs to the stack {facts.stack}, not to {wanted.stack}. Take it out of the settings of that stack, and"
            f" run `pulumi up` there. Was that stack renamed? Run there: echo {wanted.stack} | sudo tee {STACK_FILE}"
            f" Is it gone for good? Remove what it left, then run there: sudo rm -r {MARKS_FOLDER} {STACK_FILE}",
        )
