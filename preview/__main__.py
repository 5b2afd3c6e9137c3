"""`bin/preview STACK`: prints what an `up` would do, in Markdown. Changes nothing."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pulumi.automation.errors import CommandError

from preview.markdown import comment, is_empty
from preview.run import preview_stack

FAILED, CHANGES = 1, 2


def main(arguments: Sequence[str]) -> int:
    """0: done. 1: `up` would fail, or a policy refuses it. 2: there are changes (with --exit-code)."""
    parser = argparse.ArgumentParser(prog="bin/preview", description="Tells in Markdown what an `up` would do.")
    parser.add_argument("stack", help="name of the stack")
    parser.add_argument("--output", type=Path, help="file for the Markdown, instead of stdout")
    parser.add_argument("--refresh", action="store_true", help="ask the clouds first what there is still")
    parser.add_argument("--exit-code", action="store_true", help=f"exit with {CHANGES} if anything would change")
    chosen = parser.parse_args(arguments)
    try:
        seen = preview_stack(chosen.stack, refresh=chosen.refresh)
    except CommandError as error:
        said = [line.strip() for line in str(error).splitlines() if "error:" in line]
        sys.stderr.write(f"{said[-1] if said else 'the engine failed'}\n")
        return FAILED
    text = comment(seen, chosen.stack)
    if chosen.output:
        chosen.output.write_text(text)
    else:
        sys.stdout.write(text)
    if seen.problems or any(one.mandatory for one in seen.findings):
        return FAILED
    return CHANGES if chosen.exit_code and not is_empty(seen) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
