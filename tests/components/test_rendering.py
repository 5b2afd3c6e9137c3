"""A step's command: any login shell can run it, its secrets come by stdin. Here without a host."""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components import rendering
from components.rendering import StepTarget, quote, render_secrets, run
from tests.waiting import until

AWKWARD = "it's \"quoted\" $HOME `id` \\n \\\\ \\' !! \\! and\n\n|of three lines\\"
TARGET = StepTarget("oracle-1", "thing", "operator")
PASSING_SUDO = '#!/bin/sh\nexec "$@"\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has the verbs and a `sudo`, as a host has them."""
    monkeypatch.setattr(rendering, "FOLDER", str(tmp_path / "lib"))
    monkeypatch.setattr(rendering, "FILE", str(tmp_path / "lib/step-1.sh"))
    monkeypatch.setattr(rendering, "MARKS_FOLDER", str(tmp_path / "own/marks"))
    monkeypatch.setattr(rendering, "STACK_FILE", str(tmp_path / "own/stack"))
    put = execute(tmp_path, rendering.put(TARGET, "tailnet-k3s/lab"))
    assert put.returncode == 0, put.stderr
    return tmp_path


def execute(folder: Path, command: str, stdin: str = "", sudo: str = PASSING_SUDO) -> subprocess.CompletedProcess[str]:
    """Runs a command as a login shell does."""
    (folder / "sudo").write_text(sudo)
    (folder / "sudo").chmod(0o755)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "MARKS_FOLDER": str(folder / "own/marks")}
    return subprocess.run(
        ["sh", "-c", command], input=stdin, capture_output=True, text=True, timeout=20, env=environment, check=False
    )


def test_values_and_secrets_arrive_as_they_were_given(folder: Path) -> None:
    command = run(TARGET, 'printf %s "$VALUE|$EMPTY|$SECRET"', {"VALUE": AWKWARD, "EMPTY": ""}, ["SECRET", "OTHER"])
    result = execute(folder, command, render_secrets({"SECRET": f"{AWKWARD}!", "OTHER": ""}))
    assert result.stdout == f"{AWKWARD}||{AWKWARD}!"
    assert result.returncode == 0


def test_a_script_runs_as_it_was_written(folder: Path) -> None:
    script = "cat <<'END'\n" + AWKWARD + "\nEND\n\necho \"$#\" '!'\n"
    assert execute(folder, run(TARGET, script, {})).stdout == f"{AWKWARD}\n0 !\n"


def test_words_are_between_single_quotes_with_as_few_signs_more_as_shells_permit() -> None:
    assert quote("printf '%s\\n' \"$x\"") == "'printf '\\''%s\\n'\\'' \"$x\"'"
    assert quote("a\\") == "'a'\\\\''"
    assert shlex.split(quote(AWKWARD)) == [AWKWARD]


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish", "tcsh", "csh", "strange_shell.py"])
def test_any_login_shell_gives_the_same_words(folder: Path, shell: str) -> None:
    program = shutil.which(shell, path=f"{os.environ['PATH']}:{Path(__file__).parent}")
    if program is None:
        pytest.skip(f"{shell} is not installed")
    told = run(TARGET, AWKWARD, {"VALUE": AWKWARD}).replace("sudo ", f"{sys.executable} {folder}/tell.py ", 1)
    (folder / "tell.py").write_text("import json, sys\nprint(json.dumps(sys.argv[1:]))\n")
    result = subprocess.run([program, "-c", told], capture_output=True, text=True, check=False)
    words = rendering.words(AWKWARD, {"VALUE": AWKWARD})
    assert json.loads(result.stdout)[3:] == ["30m", "oracle-1", "thing", rendering.FILE, *words], result.stderr


def test_the_text_is_short_and_reads_line_by_line() -> None:
    text = run(TARGET, "install_packages haproxy\n", {"B": "one\ntwo", "A": "x"}, ["TOKEN"])
    assert text.splitlines()[1:] == [
        "'A=x' \\",
        "'B=one' \\",
        "'|two' \\",
        "'SECRETS=TOKEN' \\",
        "-- \\",
        "'install_packages haproxy'",
    ]
    assert text.splitlines()[0].startswith("sudo sh -c '[ -r ")
    assert text.splitlines()[0].endswith(f" 30m oracle-1 thing {rendering.FILE} \\")


def test_a_failed_step_ends_with_one_line_that_names_host_and_step(folder: Path) -> None:
    result = execute(folder, run(TARGET, "echo x | grep -q y | cat", {}))
    assert result.returncode != 0
    assert result.stderr == "oracle-1 thing: failed: cat, or a command before it in its pipe (0 1 0) (exit code 1)\n"


def test_root_needs_no_sudo(folder: Path) -> None:
    root = StepTarget("oracle-1", "thing", "root")
    for command in (run(root, "echo ran", {}), rendering.put(root, "tailnet-k3s/lab"), rendering.remove(root)):
        assert execute(folder, command, sudo="#!/bin/sh\necho 'sudo is not installed' >&2\nexit 127\n").returncode == 0


def test_the_host_knows_to_which_stack_it_belongs(folder: Path) -> None:
    """Marks of older versions get the name with the new verbs. No other step runs for it."""
    assert (folder / "own/stack").read_text() == "tailnet-k3s/lab\n"
    claims = (folder / "own/marks/thing").read_text().splitlines()[1:]
    files = [rendering.FILE, str(folder / "own/stack")]
    sums = [hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files]
    assert claims == [f"file\t{file}\troot:root 644 {one}" for file, one in zip(files, sums, strict=True)]


def test_a_host_without_the_verbs_says_what_to_do(folder: Path) -> None:
    removed = execute(folder, rendering.remove(TARGET))
    assert (removed.returncode, (folder / "lib").exists(), (folder / "own").exists()) == (0, False, False)
    result = execute(folder, run(TARGET, "echo ran", {}))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"oracle-1 thing: {rendering.FILE} is not on this host. Run up again: it looks at the host and puts it there\n"
    )


def test_verbs_that_can_not_be_written_are_an_error(folder: Path) -> None:
    (folder / "lib/step-1.sh").write_text("of before")
    (folder / "lib/step-1.sh.new").mkdir()
    result = execute(folder, rendering.put(TARGET, "tailnet-k3s/lab"))
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        f"oracle-1 thing: can not write {rendering.FILE}. Is the disk full or read-only?"
    )
    assert (folder / "lib/step-1.sh").read_text() == "of before"


SECRET_LINES = render_secrets({"FIRST": "one", "SECOND": "two"})


@pytest.mark.parametrize("arrived", ["", SECRET_LINES[:8], SECRET_LINES[:12], SECRET_LINES[:-1]])
def test_secrets_that_did_not_arrive_whole_end_the_step(folder: Path, arrived: str) -> None:
    result = execute(folder, run(TARGET, "echo ran", {}, ["FIRST", "SECOND"]), arrived)
    assert (result.returncode, result.stdout) == (97, "")
    assert result.stderr.endswith("did not arrive: run up again\n")


def test_a_step_that_takes_too_long_is_ended_and_says_so(folder: Path) -> None:
    command = run(TARGET, "echo $$ >$PWD/pid\nsleep 600", {}).replace(" 30m ", " 1s ")
    started = time.monotonic()
    result = execute(folder, f"cd {folder}\n{command}")
    assert result.returncode != 0
    assert time.monotonic() - started < 15
    assert result.stderr.splitlines()[-1] == "oracle-1 thing: was ended (SIGTERM) after 1 s, while it ran: sleep 600"


def test_what_a_step_has_started_is_ended_with_it(folder: Path) -> None:
    command = run(TARGET, 'wait_until 600 "never" sh -c "echo \\$\\$ >pid; sleep 599"', {}).replace(" 30m ", " 1s ")
    assert "was ended (SIGTERM)" in execute(folder, f"cd {folder}\n{command}").stderr
    child = int((folder / "pid").read_text())

    def is_gone() -> bool:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        return False

    until("the command that was waited for has ended", is_gone)


# Asks for a password as sudo does with -S: the first line of stdin, of which it reads no more. -n: it may not ask.
ASKING_SUDO = """#!/bin/bash
options="" && while [[ $1 == -* ]]; do options+=$1; [ "$1" != -p ] || shift; shift; done
[[ $options != *n* ]] || exit 1
IFS= read -r given && [ "$given" = raspberry ] || { echo "Sorry, try again." >&2; exit 1; }
exec "$@"
"""
ASKED = StepTarget("home-1", "b", "pi", asks_password=True)


@pytest.mark.parametrize("asks", [True, False])
def test_a_password_is_for_sudo_alone_and_secrets_follow_it(folder: Path, asks: bool) -> None:
    command = run(ASKED, 'printf %s "${password-unset}|$SECRET"', {}, ["SECRET"])
    assert "raspberry" not in command
    sudo = ASKING_SUDO if asks else '#!/bin/sh\nwhile [ "${1#-}" != "$1" ]; do shift; done\nexec "$@"\n'
    result = execute(folder, command, "raspberry\n" + render_secrets({"SECRET": AWKWARD}), sudo)
    assert result.stdout == f"unset|{AWKWARD}"
    assert result.returncode == 0


def test_a_step_that_fails_fails_behind_a_password_too(folder: Path) -> None:
    assert execute(folder, run(ASKED, "fail no", {}), "raspberry\n", ASKING_SUDO).returncode == 97


def test_a_wrong_password_is_one_line_that_says_so(folder: Path) -> None:
    result = execute(folder, run(ASKED, "echo ran", {}), "guess\n", ASKING_SUDO)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "home-1 b: sudo refuses the password in the settings of this user, or the user may not use sudo"
    ]


def test_the_number_of_the_verbs_is_in_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rendering.FILE.endswith(f"/step-{rendering.VERBS}.sh")
    assert rendering.FILE in run(TARGET, "true", {})
