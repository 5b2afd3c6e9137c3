"""Compares the marks of steps with the host. Runs on the host, as root, in the host's own Python. Changes nothing.

Prints JSON: for each step, `{"run": ID, "differs": [WORDS, …]}`. marks.sh says what a mark is. look.py appends a line
that calls `main`.
"""

from __future__ import annotations

import base64
import calendar
import hashlib
import json
import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(os.environ.get("MARKS_FOLDER", "/var/lib/tailnet-k3s/steps"))
LARGE = 1_000_000
HOLDS_SECONDS = 12
STARTS_WITH_THE_HOST = {"enabled", "static", "indirect", "alias", "generated"}

States = dict[str, dict[str, str]]
"""By unit: properties that systemd tells."""
PROPERTIES = (
    *("Names", "ActiveState", "UnitFileState", "NeedDaemonReload", "FragmentPath", "DropInPaths"),
    *("ExecMainStartTimestamp", "ActiveEnterTimestamp"),
)


class Claim(NamedTuple):
    """One thing that a step left on the host: a file, a unit, a package, or a condition that must hold.

    The text of a unit is the files that it reads when it starts.
    """

    kind: str
    subject: str
    text: str


class Mark(NamedTuple):
    """What a step recorded on the host."""

    when: int
    run: str
    state: str
    claims: list[Claim]


def read_marks(steps: list[str] | None) -> dict[str, Mark]:
    """Marks of these steps, by step. None: all marks."""
    marks = {}
    for file in sorted(FOLDER.glob("*")):
        if file.suffix != ".new" and (steps is None or file.name in steps):
            marks[file.name] = read_mark(file)
    return marks


def read_mark(file: Path) -> Mark:
    """One mark. What can't be read as one counts as the mark of a step that was not finished."""
    try:
        first, *lines = file.read_text().splitlines()
        run, _, state = first.partition(" ")
        return Mark(file.stat().st_mtime_ns, run, state, [Claim(*line.split("\t", 2)) for line in lines])
    except (OSError, ValueError, TypeError):
        return Mark(0, "", "unreadable", [])


def newest_claims(marks: dict[str, Mark]) -> dict[str, list[Claim]]:
    """Claims by step. Where several steps claim the same thing, the claim of the last run counts."""
    owners = {
        claim[:2]: step for step in sorted(marks, key=lambda step: marks[step].when) for claim in marks[step].claims
    }
    return {
        step: [claim for claim in mark.claims if claim.kind == "holds" or owners[claim[:2]] == step]
        for step, mark in marks.items()
    }


def file_difference(name: str, before: str) -> str | None:
    """How a file differs from the claim. None: it does not."""
    path = Path(name)
    if path.is_symlink():
        return f"{name} is a link now"
    try:
        status = path.stat()
        if status.st_size > LARGE:
            content = f"{status.st_size} {int(status.st_mtime)}"
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        owner = f"{path.owner()}:{path.group()}"
    except OSError:
        return f"{name} is missing"
    except KeyError:
        owner = "an owner without a name"
    was_owner, was_mode, was_content = before.split(" ", 2)
    if content != was_content:
        return f"{name} was changed"
    if (owner, f"{status.st_mode & 0o7777:o}") != (was_owner, was_mode):
        return f"{name} has another owner or other rights"
    return None


def output(*command: str) -> str:
    """What a command prints. Empty if the command does not exist."""
    try:
        return subprocess.run(
            command,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
        ).stdout
    except OSError:
        return ""


def unit_states(units: set[str]) -> States:
    """States of all units. Asks systemd once."""
    states = {}
    text = output("systemctl", "show", "-p", ",".join(PROPERTIES), *sorted(units)) if units else ""
    for block in text.strip().split("\n\n"):
        fields = dict(line.split("=", 1) for line in block.splitlines())
        for name in fields.get("Names", "").split():
            states[name] = fields
    return states


def unit_difference(unit: str, files: str, states: States, changed: set[str]) -> str | None:
    """Why a unit does not run as it should, or will not after a reboot. None: it does, and will.

    `changed`: files that differ. What follows from them is not told a second time.
    """
    state = states.get(unit, {})
    active, file = state.get("ActiveState", "inactive"), state.get("UnitFileState", "")
    if not file:
        return f"{unit} is missing"
    if active in ("inactive", "failed", "deactivating"):
        return f"{unit} is stopped"
    if active not in ("active", "reloading"):
        return f"{unit} does not run: it is {active}"
    if file not in STARTS_WITH_THE_HOST:
        return f"{unit} does not start with the host: it is {file}"
    return stale_unit(unit, state, files, changed)


def stale_unit(unit: str, state: dict[str, str], files: str, changed: set[str]) -> str | None:
    """Why a unit runs with what its files had before. None: it does not."""
    own = {state.get("FragmentPath", ""), *state.get("DropInPaths", "").split()}
    if state.get("NeedDaemonReload") == "yes" and not own & changed:
        return f"{unit} runs with an older unit file: systemd has not read the new one"
    start = started_at(unit, state)
    for path in files.split():
        if path not in changed and start is not None and changed_at(path) > start:
            return f"{unit} was not restarted after a change of {path}"
    return None


def started_at(unit: str, state: dict[str, str]) -> int | None:
    """The second in which the unit's present run began, since 1970. None: not known."""
    kind = "ExecMainStartTimestamp" if unit.endswith(".service") else "ActiveEnterTimestamp"
    try:
        return calendar.timegm(time.strptime(state.get(kind, ""), "%a %Y-%m-%d %H:%M:%S UTC"))
    except ValueError:
        return None


def changed_at(path: str) -> int:
    """The second of a file's last change, since 1970. A change that was undone counts. 0: no such file."""
    try:
        return int(Path(path).stat().st_ctime)
    except OSError:
        return 0


def installed(packages: set[str]) -> set[str]:
    """The packages of the set that are installed."""
    text = output("dpkg-query", "-Wf", "${Package} ${db:Status-Status}\n", *sorted(packages)) if packages else ""
    return {line.split()[0] for line in text.splitlines() if line.endswith(" installed")}


def condition_difference(words: str, script: str) -> str | None:
    """What the step's own check says when it fails. None: the condition holds."""
    with subprocess.Popen(
        ["bash", "-euo", "pipefail"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
        start_new_session=True,
    ) as check:
        try:
            said, _ = check.communicate(base64.b64decode(script).decode(), timeout=HOLDS_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(check.pid, signal.SIGKILL)  # with what the shell has started: that has the pipe, too
            return f"{words}: no answer within {HOLDS_SECONDS} s"
    return (said.strip().splitlines() or [words])[0] if check.returncode else None


def main(steps: list[str] | None = None) -> None:
    """Checks all claims of these steps at once."""
    marks = read_marks(steps)
    claims = newest_claims(marks)
    every = [claim for theirs in claims.values() for claim in theirs]
    states = unit_states({claim.subject for claim in every if claim.kind == "unit"})
    packages = installed({claim.subject for claim in every if claim.kind == "package"})

    files = {claim: file_difference(claim.subject, claim.text) for claim in every if claim.kind == "file"}
    changed = {claim.subject for claim, words in files.items() if words}

    def difference(claim: Claim) -> str | None:
        if claim.kind == "file":
            return files[claim]
        if claim.kind == "unit":
            return unit_difference(claim.subject, claim.text, states, changed)
        if claim.kind == "package":
            return None if claim.subject in packages else f"the package {claim.subject} is not installed"
        return condition_difference(claim.subject, claim.text)

    report = {}
    with ThreadPoolExecutor(8) as pool:
        found = {step: pool.map(difference, theirs) for step, theirs in claims.items()}
        for step, mark in marks.items():
            differs = [words for words in found[step] if words] if mark.state == "done" else ["was not finished"]
            report[step] = {"run": mark.run, "differs": differs}
    print(json.dumps(report))
