"""Carries out drills in a lab that is up, and says what they have shown. Exits with 1 if a write was lost."""

import argparse
import subprocess
import sys

from rich.console import Console

from bench.running import running
from drills.drill import Result, drill
from drills.failures import FAILURES, DrillError, unit
from drills.report import harm_in, table, write
from lab.engine import Workspace
from lab.hosts import HostError
from lab.lab import find_lab


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="drills", description=__doc__)
    parser.add_argument("--name", default="lab", help="which lab; it must be up")
    parser.add_argument("--stack", default="lab", help="which stack's settings")
    parser.add_argument("--rounds", type=int, help="how many times each failure comes, instead of its own number")
    parser.add_argument("--only", action="append", metavar="WORDS", help="failures whose name has these words")
    return parser.parse_args()


def main() -> int:
    """Drill after drill. What was found is shown even if a later one fails."""
    options = arguments()
    console = Console(stderr=True)
    chosen = [each for each in FAILURES if not options.only or any(words in each.name for words in options.only)]
    if not chosen:
        console.print(f"no failure has such a name: {', '.join(each.name for each in FAILURES)}", style="red")
        return 2
    lab = running(options.name, options.stack)
    kind = "etcd" if unit(lab, lab.writer()) == "etcd" else "galera"
    workspace = Workspace(find_lab(options.name), options.stack)
    results: list[Result] = []
    status = 0
    for failure in chosen:
        try:
            with console.status(failure.name) as shown:
                results.append(drill(workspace, failure, options.rounds or failure.rounds, shown.update))
        except (DrillError, HostError, subprocess.TimeoutExpired) as error:
            console.print(f"{failure.name}: {error}", style="red", highlight=False)
            status = 1
            break
    Console().print(table(kind, results))
    if len(results) == len(FAILURES):
        for file in write(kind, results):
            console.print(str(file), highlight=False)
    return status or int(any(harm_in(kind, each) for each in results))


if __name__ == "__main__":
    sys.exit(main())
