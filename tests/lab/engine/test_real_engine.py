"""The real engine in a lab's network: unchanged, failed, interrupted, killed. The program is made of sleeps."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.distribution.build import build_programs
from lab.engine import (
    EngineLaunch,
    Finished,
    Secret,
    Workspace,
    find_leftovers,
    install_plugins,
    outputs,
    prepare,
    repair,
    run_engine,
    secret_values,
)
from lab.engine.messages import Message, OperationFailed, OperationStarted, Planned, Problem
from lab.engine.state import pending, pulumi, resources
from lab.hosts import delete_lab
from lab.lab import REPOSITORY, Lab
from lab.lab_lock import lab_lock
from lab.network import create_network
from lab.progress import Silence

pytestmark = pytest.mark.lab

PROGRAM = """
import pulumi
from pulumi_command import local
config = pulumi.Config()
first = local.Command("first", create=config.require("first"), update="true")
local.Command("second", create=config.require("second"), opts=pulumi.ResourceOptions(depends_on=[first]))
pulumi.export("secret", pulumi.Output.secret("hunter2-hunter2"))
"""
# Runs `up` as the command does, with the lab's lock, until it is killed.
COMMAND = """
import sys
from pathlib import Path
from lab.engine import EngineLaunch, Workspace, run_engine
from lab.lab import Lab
from lab.progress import Silence
from lab.lab_lock import lab_lock
lab = Lab("engine", Path(sys.argv[1]))
with lab_lock(lab, Silence()) as mine:
    workspace = Workspace(lab, "lab", Path(sys.argv[2]))
    start = EngineLaunch(workspace, Path(sys.executable), {}, mine.descriptor)
    run_engine(start, "up", lambda message: print(message.kind, flush=True))
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A lab with a network and an engine, and a program of two commands that end at once."""
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: sleeps\nruntime: python\n")
    (program / "__main__.py").write_text(PROGRAM)
    lab = Lab("engine", tmp_path / "lab")
    lab.logs.mkdir(parents=True)
    workspace = Workspace(lab, "lab", program)
    ask(workspace, first="true", second="true")
    install_plugins(workspace, build_programs(["pulumi"], Silence())["pulumi"], Path(sys.executable))
    create_network(lab)
    yield workspace
    delete_lab(lab)


def ask(workspace: Workspace, **commands: str) -> None:
    """What the two commands shall be."""
    settings = workspace.program / "Pulumi.lab.yaml"
    settings.write_text(json.dumps({"config": {f"sleeps:{name}": line for name, line in commands.items()}}))
    prepare(workspace, settings, {})


def up(workspace: Workspace, messages: list[Message] | None = None) -> Finished:
    """Run it to its end."""
    seen = messages if messages is not None else []
    return run_engine(EngineLaunch(workspace, Path(sys.executable), {}), "up", seen.append)


def destroy(workspace: Workspace, messages: list[Message] | None = None) -> Finished:
    """Run it to its end."""
    seen = messages if messages is not None else []
    return run_engine(EngineLaunch(workspace, Path(sys.executable), {}), "destroy", seen.append)


def test_a_second_run_changes_nothing_and_secrets_stay_out_of_the_log(workspace: Workspace) -> None:
    assert up(workspace).changes == {"create": 2}
    seen: list[Message] = []
    assert up(workspace, seen).changes == {}
    assert [message for message in seen if isinstance(message, OperationStarted)] == []
    assert outputs(workspace) == {"secret": "hunter2-hunter2"}
    assert "hunter2" not in workspace.log.read_text()
    assert "hunter2" not in workspace.checkpoint.read_text()


def test_the_state_has_no_file_that_is_written_in_place(workspace: Workspace) -> None:
    up(workspace)
    files = [file for file in workspace.backend.rglob("*") if file.is_file()]
    assert {file.suffix for file in files} == {".json", ".yaml", ".bak"}, "the backend renames these into their place"


def test_a_lock_that_was_not_finished_is_found(workspace: Workspace) -> None:
    up(workspace)
    workspace.locks.mkdir(parents=True, exist_ok=True)
    (workspace.locks / "58737b92.json.18ea.tmp").touch()
    assert not up(workspace).well
    with lab_lock(workspace.lab, Silence()):
        repair(workspace, find_leftovers(workspace), Silence())
        assert up(workspace).well


def test_a_preview_says_what_would_change_and_changes_nothing(workspace: Workspace) -> None:
    up(workspace)
    ask(workspace, first="true", second="echo changed")
    before = workspace.checkpoint.read_bytes()
    seen: list[Message] = []
    finished = run_engine(EngineLaunch(workspace, Path(sys.executable), {}), "preview", seen.append)
    assert (finished.well, finished.changes) == (True, {"update": 1})
    assert [message.details for message in seen if isinstance(message, Planned)] == [
        ('create: "true" → "echo changed"',)
    ]
    assert workspace.checkpoint.read_bytes() == before


def test_a_failure_is_told_once_with_its_cause(workspace: Workspace) -> None:
    ask(workspace, first="true", second="echo the disk is full >&2; exit 7")
    seen: list[Message] = []
    finished = up(workspace, seen)
    assert (finished.well, finished.interrupted) == (False, False)
    failed = [message for message in seen if isinstance(message, OperationFailed | Problem)]
    assert len(failed) == 1, failed
    assert isinstance(failed[0], OperationFailed)
    assert failed[0].cause == "exit status 7: the disk is full"


def test_a_program_that_breaks_is_told_without_its_trace(workspace: Workspace) -> None:
    (workspace.program / "__main__.py").write_text("import nothing_of_that_name\n")
    seen: list[Message] = []
    assert not up(workspace, seen).well
    assert seen[0] == Problem("ModuleNotFoundError: No module named 'nothing_of_that_name'")
    assert "Traceback" in workspace.log.read_text()


def test_an_interrupt_ends_in_order_and_the_next_run_goes_on(workspace: Workspace) -> None:
    ask(workspace, first="sleep 2", second="sleep 1")
    seen: list[Message] = []

    def show(message: Message) -> None:
        seen.append(message)
        if isinstance(message, OperationStarted):
            threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()

    finished = run_engine(EngineLaunch(workspace, Path(sys.executable), {}), "up", show)
    assert (finished.well, finished.interrupted) == (False, True)
    assert [message for message in seen if isinstance(message, Problem)] == [], "an interrupt is no error to explain"
    assert pending(workspace) == []
    assert up(workspace).well
    assert up(workspace).changes == {}


@pytest.mark.parametrize("everything", [False, True], ids=["the command alone", "command and engine"])
def test_after_a_kill_the_next_run_waits_repairs_and_goes_on(workspace: Workspace, everything: bool) -> None:
    up(workspace)
    (workspace.program / "__main__.py").write_text(PROGRAM.replace('"second"', '"third"', 1))
    ask(workspace, first="true", second="sleep 60")
    command = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(workspace.lab.root), str(workspace.program)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert command.stdout
    assert command.stdout.readline() == "began\n"
    if everything:
        os.killpg(int(workspace.session.read_text()), signal.SIGKILL)
    command.kill()
    command.wait()
    started = time.monotonic()
    ask(workspace, first="true", second="true")
    with lab_lock(workspace.lab, Silence()):
        damage = find_leftovers(workspace)
        assert damage.locks is everything
        repair(workspace, damage, Silence())
        assert time.monotonic() - started < 60
        seen: list[Message] = []
        assert up(workspace, seen).well, seen
        assert up(workspace).changes == {}
    assert pending(workspace) == []
    assert {"first", "third"} <= {each.name for each in resources(workspace)}
    assert secret_values(workspace.lab) == {"sleeps-lab outputs.secret": "hunter2-hunter2"}


def test_a_destroy_leaves_what_is_protected_and_needs_no_program(workspace: Workspace) -> None:
    protected = 'local.Command("kept", create="true", delete="false", opts=pulumi.ResourceOptions(protect=True))\n'
    (workspace.program / "__main__.py").write_text(PROGRAM + protected)
    up(workspace)
    (workspace.program / "__main__.py").write_text("import nothing_of_that_name\n")
    seen: list[Message] = []
    assert destroy(workspace, seen) == Finished(well=True, interrupted=False, changes={"delete": 2})
    assert not [message for message in seen if isinstance(message, OperationFailed | Problem)]
    assert [each.name for each in resources(workspace) if each.protect] == ["kept"]
    assert {"first", "second"} & {each.name for each in resources(workspace)} == set()
    assert destroy(workspace, seen) == Finished(well=True, interrupted=False, changes={})


def test_a_destroy_that_fails_says_why_and_the_next_one_goes_on(workspace: Workspace) -> None:
    second = 'create="true", delete="test -e gone || { echo it is in use >&2; exit 7; }", '
    (workspace.program / "__main__.py").write_text(PROGRAM.replace('create=config.require("second"), ', second))
    up(workspace)
    seen: list[Message] = []
    assert not destroy(workspace, seen).well
    assert [message.cause for message in seen if isinstance(message, OperationFailed)] == [
        "exit status 7: it is in use"
    ]
    assert [message for message in seen if isinstance(message, Problem)] == []
    (workspace.project / "gone").touch()
    assert destroy(workspace).changes == {"delete": 2}
    assert resources(workspace) == []


def test_the_engine_reads_what_the_lab_has_encrypted_and_shows_it_to_nobody(workspace: Workspace) -> None:
    logins = {"home-1": {"private_key": Secret("hunter3-hunter3")}}
    prepare(workspace, workspace.program / "Pulumi.lab.yaml", {"logins": logins})
    pulumi(workspace, "stack", "init")
    assert pulumi(workspace, "config", "get", "--path", "logins.home-1.private_key").strip() == "hunter3-hunter3"
    assert "hunter3" not in pulumi(workspace, "config")
    assert "hunter3" not in workspace.settings.read_text()
