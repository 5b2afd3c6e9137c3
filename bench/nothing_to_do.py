"""How much of `bin/lab up` is the lab's own work when there is nothing to change, against the engine's preview alone.

The lab must be up, and its settings must be what it was brought up with.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench.chart import Bar, draw
from bench.running import parser, running
from lab.distribution.build import build_programs
from lab.engine import EngineLaunch, Workspace, run_engine
from lab.internet import start_internet
from lab.lab import REPOSITORY
from lab.progress import Silence

ROUNDS = 3


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.monotonic()
    work()
    return time.monotonic() - start


def engine_alone(workspace: Workspace) -> Callable[[], object]:
    """A preview without anything around it: the engine's process with the stand-ins, in the operator's network."""
    python, report = Path(sys.executable), Silence()
    programs = build_programs(["headscale", "tailscaled"], report)
    internet = start_internet(workspace.lab, python, programs["headscale"], programs["tailscaled"], report)
    start = EngineLaunch(workspace, python, internet.environment())
    return lambda: run_engine(start, "preview", lambda message: None)


def command(operation: str, name: str, stack: str) -> Callable[[], object]:
    """What a user types."""
    words = [str(REPOSITORY / "bin" / "lab"), operation, "--name", name, "--stack", stack]
    return lambda: subprocess.run(words, check=True, capture_output=True)


def main() -> None:
    """Measure in turns, print, draw."""
    options = parser(__doc__ or "").parse_args()
    workspace = Workspace(running(options.name, options.stack).lab, options.stack)
    works = {
        "engine alone, preview": engine_alone(workspace),
        "bin/lab preview": command("preview", options.name, options.stack),
        "bin/lab up, no change": command("up", options.name, options.stack),
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            taken[name].append(seconds_of(work))
    base = median(taken["engine alone, preview"])
    bars = []
    for name, each in taken.items():
        ratio = median(each) / base
        bars.append(Bar(name, ratio, f"{ratio:.2f}  ({median(each):.1f} s)"))
        print(f"{bars[-1].name}: {bars[-1].said}")
    note = f"median of {ROUNDS} in turns, as a ratio to the engine's own preview; {len(workspace.hosts())} hosts"
    print(draw("nothing_to_do", "Time of a run that has nothing to change", bars, note))


if __name__ == "__main__":
    main()
