"""What a step is given, out of its command: the values, without the verbs and the script, which are files too."""

from tests.engine import Resource


def values(step: Resource) -> str:
    """The assignments at the head of a step's command, as they are on the host."""
    _, _, text = str(step.inputs["create"]).partition("<<'END_OF_STEP'\n")
    head, found, _ = text.partition("while IFS= read -r line;")
    assert found, f"{step.name} has no head of values"
    return head
