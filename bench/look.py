"""What the look at all hosts costs a run that has nothing to change: with all hosts there, and with one that is off.

The lab must be up, and its settings must be what it was brought up with. Nothing is turned off: the host that is off is
an address of the tailnet that nobody has.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from statistics import median

from bench.chart import Bar, draw
from bench.nothing_to_do import engine_alone, seconds_of
from bench.running import parser, running
from components.look.ask import Answers, ask_hosts
from components.look.gatherer import gather_script
from components.look.look import claims_program
from components.look.report import Report, report_of
from components.look.state import Login
from lab.engine import Workspace, outputs
from lab.lab import OPERATOR, REPOSITORY, Lab
from lab.network import namespace_command

ROUNDS = 5
OFF, NOBODY = "off", "100.127.255.254"


def logins(workspace: Workspace) -> dict[str, Login]:
    """How the program logs in to each host of the stack."""
    known = outputs(workspace)
    ssh = known["ssh"]
    return {
        name: Login(address, 22, ssh["user"], ssh["private_key"], ssh["host_keys"][name])
        for name, address in known["nodes"].items()
    }


def asked(lab: Lab, hosts: dict[str, Login]) -> float:
    """Seconds until all hosts have answered, or were given up, asked from the operator's computer."""
    command = namespace_command(lab, OPERATOR, [sys.executable, "-m", "bench.look", "--ask"])
    ways = json.dumps({name: asdict(login) for name, login in hosts.items()})
    ran = subprocess.run(command, input=ways, capture_output=True, text=True, check=True, cwd=REPOSITORY)
    return float(ran.stdout)


def ask() -> None:
    """The other side of `asked`. Prints seconds."""
    ways = {name: [Login(**login)] for name, login in json.load(sys.stdin).items()}
    programs = [claims_program(), gather_script()]
    start = time.monotonic()
    results = ask_hosts(ways, programs)
    print(time.monotonic() - start)
    reports = {name: report_of(one) if isinstance(one, Answers) else one for name, one in results.items()}
    wrong = {name: one.reason for name, one in reports.items() if not isinstance(one, Report) and name != OFF}
    if wrong:
        raise SystemExit(f"no look at {wrong}")


def main() -> None:
    """Measure in turns, print, draw."""
    options = parser(__doc__ or "").parse_args()
    lab = running(options.name, options.stack).lab
    workspace = Workspace(lab, options.stack)
    hosts = logins(workspace)
    off = {**hosts, OFF: replace(next(iter(hosts.values())), address=NOBODY)}
    works: dict[str, Callable[[], float]] = {
        "engine alone, preview": lambda: seconds_of(engine_alone(workspace)),
        f"look at {len(hosts)} hosts": lambda: asked(lab, hosts),
        "and at one that is off": lambda: asked(lab, off),
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            taken[name].append(work())
    base = median(taken["engine alone, preview"])
    bars = [
        Bar(name, median(each) / base, f"{median(each) / base:.2f}  ({median(each):.1f} s)")
        for name, each in taken.items()
    ]
    for bar in bars:
        print(f"{bar.name}: {bar.said}")
    note = f"median of {ROUNDS} in turns, as a ratio to the engine's own preview, which contains one look"
    print(draw("look", "The look at all hosts before a change", bars, note))


if __name__ == "__main__":
    ask() if "--ask" in sys.argv else main()
