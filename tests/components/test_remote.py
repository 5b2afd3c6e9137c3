"""A step is a command that any login shell can run, with its secrets on stdin; here it runs in bash, without a host."""

import os
import subprocess
from pathlib import Path

import pytest

from components.remote import Step, StepArgs, render, render_secrets
from tests.engine import Resource, run
from tests.stack import host

AWKWARD = 'it\'s "quoted" $HOME `id` \\ and\nof two lines'


def execute(folder: Path, command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a command as a login shell does, where sudo runs what it is given."""
    sudo = folder / "sudo"
    sudo.write_text('#!/bin/sh\nexec "$@"\n')
    sudo.chmod(0o755)
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


def test_a_step_waits_for_its_host_and_is_not_undone_when_that_goes(script: Path) -> None:
    made = step(script, values={"SIZE": "3"}, delete=script)
    assert "Machine oracle-1" in made.after
    assert made.request.deletedWith.endswith("::oracle-1")
    assert made.inputs["delete"] == made.inputs["create"]
