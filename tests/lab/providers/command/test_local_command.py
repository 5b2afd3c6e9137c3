"""command.local.Command."""

import asyncio
import threading
from pathlib import Path

import pytest

from lab.hosts.process import find_process
from lab.providers.command.__main__ import CommandProvider
from lab.providers.server import EngineLog
from tests.lab.providers.calling import Caller
from tests.waiting import until


@pytest.fixture
def command() -> Caller:
    return Caller(CommandProvider(EngineLog("")), "command:local:Command")


def test_runs_with_folder_environment_and_stdin(command: Caller, tmp_path: Path) -> None:
    made = command.create(create="pwd; echo $WORD; cat", dir=str(tmp_path), environment={"WORD": "hello"}, stdin="text")
    assert made.outputs["stdout"] == f"{tmp_path}\nhello\ntext"


def test_update_sees_what_was_printed_before(command: Caller) -> None:
    made = command.create(create="echo one")
    assert command.update(made, create="echo $PULUMI_COMMAND_STDOUT two").outputs["stdout"] == "one two"


def test_delete_runs_its_command(command: Caller, tmp_path: Path) -> None:
    made = command.create(create="echo one", delete="echo $PULUMI_COMMAND_STDOUT > left", dir=str(tmp_path))
    command.delete(made)
    assert (tmp_path / "left").read_text() == "one\n"


def test_another_interpreter(command: Caller) -> None:
    assert command.create(create="print(6 * 7)", interpreter=["python3", "-c"]).outputs["stdout"] == "42"


def test_a_failure_shows_the_output(command: Caller) -> None:
    with pytest.raises(RuntimeError, match='exit status 4: running "echo bad; exit 4":\nbad\n'):
        command.create(create="echo bad; exit 4")


def test_cancel_ends_it_with_what_it_has_started(command: Caller, tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    def cancel() -> None:
        until("it starts something", lambda: pid.exists() and pid.read_text())
        asyncio.run(command.provider.cancel())

    threading.Thread(target=cancel, daemon=True).start()
    with pytest.raises(RuntimeError, match="cancelled"):
        command.create(create="sleep 60 & echo $! > pid; wait", dir=str(tmp_path))
    child = find_process(int(pid.read_text()))
    until("what it has started ends", lambda: child is None or not child.running())
