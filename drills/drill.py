"""One drill: somebody writes, a failure comes and goes, and all is well again."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.running import Running, running
from drills.failures import DrillError, Failure
from drills.writer import NAMESPACE
from lab.access import kubeconfig
from lab.engine import Workspace
from lab.hosts import run_in_host
from lab.lab import OPERATOR, REPOSITORY
from lab.network import namespace_command
from lab.status import HostStatus

BEFORE = 3.0
"""Seconds of writes before a failure, and after its end."""
WELL_SECONDS = 300.0
"""Time limit until all is well again."""
WRITER_SECONDS = 240.0
CLEAR_SECONDS = 300
"""A drill leaves thousands of objects."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """What a drill has shown."""

    failure: str
    rounds: int
    gap: float
    """Seconds without a successful write: the longest time."""
    well: float
    """Seconds from the failure's end until `status` shows nothing wrong: the longest time."""
    answered: int
    """Writes that the API answered."""
    lost: int
    """Writes that were answered and read back, and are gone."""
    lost_unread: int
    """Writes that were answered, and are gone. Nobody had read them."""
    appeared: int
    """Writes that the API refused, and that are there."""
    unseen: int
    """Objects that are there, and that a watch did not show."""
    backwards: int
    """Events of the watch with a revision that is not above the one before."""


def what_is_wrong(hosts: dict[str, HostStatus]) -> list[str]:
    """What `status` would not show in green, a line each."""
    found = []
    for name, host in hosts.items():
        if host.since is None:
            found.append(f"{name} is off")
        if host.node != "Ready":
            found.append(f"the node {name} is {host.node or 'unknown'}")
        if "database" in host.roles and host.database not in {"Synced", "healthy"}:
            found.append(f"the member on {name} is {host.database or 'silent'}")
        found += [f"{name}: {words}" for words in host.troubles]
    if not any(host.writer for host in hosts.values()):
        found.append("no member is the writer")
    return found


def wait_until_well(workspace: Workspace) -> Running:
    """The lab, as soon as nothing is wrong. Raises DrillError with what is wrong."""
    deadline = time.monotonic() + WELL_SECONDS
    while True:
        lab = running(workspace.lab.name, workspace.stack)
        wrong = what_is_wrong(lab.hosts)
        if not wrong:
            return lab
        if time.monotonic() > deadline:
            raise DrillError(f"not well after {WELL_SECONDS:.0f} s: " + "; ".join(wrong))
        time.sleep(1)


@contextmanager
def writes(workspace: Workspace) -> Iterator[Callable[[], dict[str, Any]]]:
    """Somebody writes during the block. The function ends it, and gives what became of the writes."""
    with tempfile.TemporaryDirectory() as folder:
        going = Path(folder) / "running"
        program = [sys.executable, "-m", "drills.writer", str(kubeconfig(workspace)), str(going)]
        command = namespace_command(workspace.lab, OPERATOR, program)
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

        def end() -> dict[str, Any]:
            going.unlink(missing_ok=True)
            printed, complaint = process.communicate(timeout=WRITER_SECONDS)
            if process.returncode:
                raise DrillError(f"the loop that writes failed: {complaint.strip().splitlines()[-1:]}")
            result: dict[str, Any] = json.loads(printed)
            return result

        try:
            while not going.exists():
                if process.poll() is not None:
                    end()
                time.sleep(0.05)
            yield end
        finally:
            process.kill()
            process.wait()


def clear(lab: Running) -> None:
    """Remove what earlier drills wrote."""
    words = ["delete", "namespace", NAMESPACE, "--ignore-not-found", f"--timeout={CLEAR_SECONDS}s"]
    run_in_host(lab.lab, lab.with_role("server")[0], ["k3s", "kubectl", *words], seconds=CLEAR_SECONDS + 20)


def drill(workspace: Workspace, failure: Failure, rounds: int, say: Say) -> Result:
    """Carry out one drill. Raises DrillError."""
    say(f"{failure.name}: waits until all is well")
    lab = wait_until_well(workspace)
    clear(lab)
    slowest = 0.0
    with writes(workspace) as end_writes:
        for number in range(rounds):
            time.sleep(BEFORE)
            say(f"{failure.name}: {number + 1} of {rounds}, for {failure.seconds:.0f} s")
            end_failure = failure.cause(lab)
            try:
                time.sleep(failure.seconds)
            finally:
                end_failure()
            ended = time.monotonic()
            say(f"{failure.name}: {number + 1} of {rounds}, waits until all is well")
            lab = wait_until_well(workspace)
            slowest = max(slowest, time.monotonic() - ended)
        time.sleep(BEFORE)
        found = end_writes()
    clear(lab)
    counts = {name: len(found[name]) for name in ("lost", "lost_unread", "appeared", "unseen")}
    return Result(
        failure.name,
        rounds,
        gap=round(found["longest_gap"], 1),
        well=round(slowest, 1),
        answered=found["answered"],
        backwards=found["backwards"],
        **counts,
    )
