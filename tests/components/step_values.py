"""What a step is given, out of its command: the values, without the script, which is a file too."""

import shlex

from components.rendering import FILE
from tests.engine import Resource


def values(step: Resource) -> str:
    """The values, as the host gets them: NAME=VALUE, and a bar before each further line of a value."""
    lines = shlex.split(str(step.inputs["create"]).replace(" \\\n", " "))
    file = lines.index(FILE)
    return "".join(f"{line}\n" for line in lines[file + 1 : lines.index("--")])
