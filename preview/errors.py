"""Extracts the one important line of an error from the texts of Pulumi, a provider and a shell."""

import re

LONGEST = 400
UNHANDLED = "an unhandled error occurred: "
"""Beginning of a message in which the engine repeats an error of the program."""


def cause_of(text: str, host: str) -> str:
    """The cause as one line. For a step, its last line `HOST STEP: cause`. For other commands, their last line.

    For all other errors, their first line.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = [found[1] for line in lines if (found := re.match(rf"{re.escape(host)} [\w.-]+: (.+)", line))]
    first = next(filter(None, map(_without_prefix, lines)), "no cause was given")
    status, is_command, _ = first.partition(': running "')
    if is_command and not said:
        said = [f"{status}: {lines[-1]}" if not lines[-1].endswith('":') else status]
    line = said[-1] if said else first
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def readable(text: str) -> str:
    """An error of the program itself, without the traceback."""
    text = text.removeprefix(UNHANDLED)
    head, found, trace = text.partition("Traceback (most recent call last):")
    if not found:
        return text.strip()
    raised = [line for line in trace.splitlines() if line and not line.startswith(" ")]
    return raised[-1] if raised else head.strip()


def _without_prefix(line: str) -> str:
    """The text without the engine's prefix: the number of errors, and the reporter."""
    return re.sub(r"^(error: |\d+ errors? occurred:|\* )+", "", line).strip()
