"""How long `bin/lab up` takes when there is nothing to change, against the same command of an older commit.

Both labs must be up: this folder's, and one of another name in a clone at the older commit.
"""

import subprocess
import time
from pathlib import Path
from statistics import median

from bench.chart import Bar, draw
from bench.running import parser, running
from lab.lab import REPOSITORY

ROUNDS = 5


def seconds_of_up(clone: Path, name: str, stack: str) -> float:
    """Time of one `bin/lab up` in a clone. Raises SystemExit if it changed something."""
    start = time.monotonic()
    words = [str(clone / "bin" / "lab"), "up", "--name", name, "--stack", stack]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    if "unchanged" not in done.stdout:
        raise SystemExit(f"{clone}: `up` changed something; measure once it says that nothing is left to change")
    return time.monotonic() - start


def main() -> None:
    """Measure in turns, print, draw."""
    options = parser(__doc__ or "")
    options.add_argument("--older", type=Path, required=True, help="folder of the clone at the older commit")
    options.add_argument("--older-name", default="older", help="which lab of that clone")
    chosen = options.parse_args()
    hosts = len(running(chosen.name, chosen.stack).hosts)
    labs = {
        "the older commit": (chosen.older.resolve(), chosen.older_name),
        "now, with a look at all hosts": (REPOSITORY, chosen.name),
    }
    taken: dict[str, list[float]] = {program: [] for program in labs}
    for _ in range(ROUNDS):
        for program, (clone, name) in labs.items():
            taken[program].append(seconds_of_up(clone, name, chosen.stack))
    base = median(taken["the older commit"])
    bars = [
        Bar(name, median(each) / base, f"{median(each) / base:.2f}  ({median(each):.1f} s)")
        for name, each in taken.items()
    ]
    for bar in bars:
        print(f"{bar.name}: {bar.said}")
    note = f"median of {ROUNDS} in turns, as a ratio to the older commit; {hosts} hosts"
    print(draw("older_program", "A run that has nothing to change, now and before", bars, note))


if __name__ == "__main__":
    main()
