#!/usr/bin/env python3
"""Plays a login shell with the strictest rules of fish and csh at once: `strange_shell.py -c TEXT` runs one command.

Between single quotes fish takes a backslash before a backslash or a quote away, and csh knows no new line and no `!`.
Neither reads `$(…)`, here-documents or assignments as sh does: here they are errors, and so is all that is no word.
"""

import os
import re
import sys

PART = re.compile(
    r"'(?P<quoted>(?:\\[\\']|[^'!\n])*)'|\\(?P<escaped>[^\n])|(?P<plain>[\w./,:%+@-]+)|(?P<gap>(?: |\n|\\\n)+)"
)


def words(text: str) -> list[str]:
    """The words of a command, or an error where fish and csh would not agree with sh."""
    found, at, inside = [""], 0, False
    while at < len(text):
        part = PART.match(text, at)
        if part is None:
            sys.exit(f"unexpected {text[at : at + 20]!r}")
        at = part.end()
        if part["gap"] is not None:
            found.append("")
        elif part["quoted"] is not None:
            found[-1] += re.sub(r"\\([\\'])", r"\1", part["quoted"])
        else:
            found[-1] += part["escaped"] or part["plain"]
        inside = part["gap"] is None
    return found if inside else found[:-1]


if __name__ == "__main__":
    command = words(sys.argv[sys.argv.index("-c") + 1])
    os.execvp(command[0], command)  # noqa: S606 (it is a shell)
