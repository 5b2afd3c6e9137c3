"""A step is a command that any login shell can run, with its secrets on stdin; here it runs in bash, without a host."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pulumi
import pytest

from components.remote import Step, StepArgs, render, render_secrets
from tests.engine import Resource, run
from tests.stack import host

AWKWARD = 'it\'s "quoted" $HOME `id` \\ and\nof two lines'


def execute(
    folder: Path, command: str, stdin: str = "", sudo: str = '#!/bin/sh\nexec "$@"\n'
) -> subprocess.CompletedProcess[str]:
    """Runs a command as a login shell does, where sudo runs what it is given."""
    (folder / "sudo").write_text(sudo)
    (folder / "sudo").chmod(0o755)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "TMPDIR": str(folder)}
    return subprocess.run(
        ["sh", "-c", command], input=stdin, capture_output=True, text=True, timeout=20, env=environment, check=False
    )


def test_values_and_secrets_arrive_as_they_were_given(tmp_path: Path) -> None:
    command = render('printf %s "$VALUE|$SECRET"', {"HOST": "a", "STEP": "b", "VALUE": AWKWARD})
    result = execute(tmp_path, command, render_secrets({"SECRET": f"{AWKWARD}!", "OTHER": ""}))
    assert result.stdout == f"{AWKWARD}|{AWKWARD}!"
    assert result.returncode == 0


def test_a_secret_is_not_in_the_command() -> None:
    assert "hunter2" not in render("true", {"HOST": "a", "STEP": "b"})
    assert "hunter2" not in render_secrets({"PASSWORD": "hunter2"})


def test_a_failed_step_ends_with_one_line_that_names_host_and_step(tmp_path: Path) -> None:
    result = execute(tmp_path, render("false", {"HOST": "oracle-1", "STEP": "k3s"}))
    assert result.returncode != 0
    assert result.stderr.splitlines()[-1].startswith("oracle-1 k3s: ")


def test_nothing_is_left_on_the_host(tmp_path: Path) -> None:
    execute(tmp_path, render("true", {"HOST": "a", "STEP": "b"}))
    assert [path.name for path in tmp_path.iterdir()] == ["sudo"]


# Asks for a password as sudo does with -S: the first line of stdin, of which it reads no more. -n: it may not ask.
ASKING_SUDO = """#!/bin/bash
options="" && while [[ $1 == -* ]]; do options+=$1; [ "$1" != -p ] || shift; shift; done
[[ $options != *n* ]] || exit 1
IFS= read -r given && [ "$given" = raspberry ] || { echo "Sorry, try again." >&2; exit 1; }
exec "$@"
"""


@pytest.mark.parametrize("asks", [True, False])
def test_a_password_is_for_sudo_alone_and_secrets_follow_it(tmp_path: Path, asks: bool) -> None:
    command = render('printf %s "${password-unset}|$SECRET"', {"HOST": "a", "STEP": "b"}, asks_password=True)
    assert "raspberry" not in command
    sudo = ASKING_SUDO if asks else '#!/bin/sh\nwhile [ "${1#-}" != "$1" ]; do shift; done\nexec "$@"\n'
    result = execute(tmp_path, command, "raspberry\n" + render_secrets({"SECRET": AWKWARD}), sudo)
    assert result.stdout == f"unset|{AWKWARD}"
    assert result.returncode == 0


def test_a_wrong_password_is_one_line_that_says_so(tmp_path: Path) -> None:
    command = render("echo ran", {"HOST": "home-1", "STEP": "b"}, asks_password=True)
    result = execute(tmp_path, command, "guess\n", ASKING_SUDO)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "home-1 b: sudo refuses the password that the settings have for this user, or the user may not use sudo"
    ]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "make.sh"
    path.write_text("echo made $SIZE\n")
    return path


def step(script: Path, **arguments: object) -> Resource:
    """The command of a step on oracle-1, at 100.64.0.1."""

    def program() -> None:
        Step("thing", StepArgs(host("oracle-1", 1), script, **arguments))  # type: ignore[arg-type]

    return run(program).one("Command", "thing")


def test_update_runs_the_same_as_create(script: Path) -> None:
    inputs = step(script, values={"SIZE": "3"}).inputs
    assert inputs["create"] == inputs["update"]
    assert "SIZE=3\n" in inputs["create"]
    assert "HOST=oracle-1\n" in inputs["create"]
    assert "STEP=thing\n" in inputs["create"]
    assert "delete" not in inputs


def test_the_host_must_show_the_key_that_the_program_made(script: Path) -> None:
    connection = step(script).inputs["connection"]
    assert connection["hostKey"] == "ssh-ed25519 AAAAoracle-1"
    assert connection["host"] == "100.64.0.1"
    assert connection["user"] == "operator"


def test_secrets_are_in_stdin_only_and_marked(script: Path) -> None:
    made = step(script, secrets={"PASSWORD": "hunter2"})
    assert made.secrets == {"connection", "stdin"}
    assert made.inputs["stdin"] == "PASSWORD=aHVudGVyMg==\n"
    assert {"stdout", "stderr"} <= set(made.request.additionalSecretOutputs)
    assert made.inputs["logging"] == "none"
    assert made.inputs["addPreviousOutputInEnv"] is False


def test_a_login_can_have_a_port_and_a_password_which_is_in_stdin_only(script: Path) -> None:
    def program() -> None:
        there = host("oracle-1", 1)
        password = pulumi.Output.secret("hunter2")
        login = replace(there.connection, port=2222, sudo_password=password)
        Step("thing", StepArgs(replace(there, connection=login), (script, script), secrets={"KEY": "x"}))
        Step("without-secrets", StepArgs(replace(there, connection=login), script))

    ran = run(program)
    made = ran.one("Command", "thing")
    assert made.inputs["connection"]["port"] == 2222
    assert made.inputs["stdin"] == "hunter2\nKEY=eA==\n"
    assert made.secrets == {"connection", "stdin"}
    assert made.inputs["create"].count("echo made $SIZE") == 2
    assert "hunter2" not in made.inputs["create"]
    assert ran.one("Command", "without-secrets").inputs["stdin"] == "hunter2\n"


def test_a_step_on_a_machine_that_stays_is_undone_there(script: Path) -> None:
    def program() -> None:
        Step("thing", StepArgs(replace(host("oracle-1", 1), machine=None), script, delete=script))

    assert run(program).one("Command", "thing").request.deletedWith == ""


def test_a_step_on_a_lost_machine_is_not_undone(script: Path) -> None:
    def program() -> None:
        Step("thing", StepArgs(replace(host("oracle-1", 1), machine=None, lost=True), script, delete=script))

    assert run(program).one("Command", "thing").request.retainOnDelete
    assert not step(script, delete=script).request.retainOnDelete


def test_a_step_waits_for_its_host_and_is_not_undone_when_that_goes(script: Path) -> None:
    made = step(script, values={"SIZE": "3"}, delete=script)
    assert "Machine oracle-1" in made.after
    assert made.request.deletedWith.endswith("::oracle-1")
    assert made.inputs["delete"] == made.inputs["create"]
