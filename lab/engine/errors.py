"""The one line of an error that matters, out of all that Pulumi, a provider and a shell say around it."""

import re

LONGEST = 400
UNHANDLED = "an unhandled error occurred: "
"""How the engine begins when it tells again what the program has told."""


def cause_of(text: str, host: str) -> str:
    """One line. A step on a host ends with `HOST STEP: cause`, which is it; another command's is its last line.

    Anything else says it in the first line.
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
    """An error of the program itself: as it is, but of a traceback only what was raised."""
    text = text.removeprefix(UNHANDLED)
    head, found, trace = text.partition("Traceback (most recent call last):")
    if not found:
        return text.strip()
    raised = [line for line in trace.splitlines() if line and not line.startswith(" ")]
    return raised[-1] if raised else head.strip()


def _without_prefix(line: str) -> str:
    """Without what the engine puts in front: how many errors there are, and who noticed."""
    return re.sub(r"^(error: |\d+ errors? occurred:|\* )+", "", line).strip()
