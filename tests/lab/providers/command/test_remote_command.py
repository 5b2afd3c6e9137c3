"""command.remote.Command over a real SSH connection."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lab.providers.command import execution
from lab.providers.command.__main__ import CommandProvider
from lab.providers.command.connection import connected, read_connection
from lab.providers.properties import UNKNOWN, value
from lab.providers.published import check_outputs
from lab.providers.server import EngineLog
from tests.lab.providers.calling import Caller
from tests.lab.providers.command.ssh_server import SshServer, new_key
from tests.waiting import meeting

TOKEN = "command:remote:Command"


@pytest.fixture
def server() -> Iterator[SshServer]:
    server = SshServer()
    yield server
    server.close()


class Lines(EngineLog):
    """The engine's log, kept."""

    def __init__(self) -> None:
        super().__init__("")
        self.lines: list[str] = []

    def info(self, message: str, urn: str = "", *, ephemeral: bool = False) -> None:
        self.lines.append(message)


@pytest.fixture
def log() -> Lines:
    return Lines()


@pytest.fixture
def command(log: Lines) -> Caller:
    return Caller(CommandProvider(log), TOKEN)


def test_output_is_kept_without_the_last_newline(command: Caller, server: SshServer) -> None:
    made = command.create(connection=server.connection, create="echo one; echo two; echo oops >&2")
    assert made.outputs["stdout"] == "one\ntwo"
    assert made.outputs["stderr"] == "oops"
    assert made.resource_id.startswith("it")


def test_outputs_are_those_of_the_published_plugin(command: Caller, server: SshServer) -> None:
    made = command.create(
        connection=server.connection,
        create="true",
        update="true",
        delete="true",
        stdin="x",
        environment={"LC_A": "1"},
        triggers=[1],
        logging="none",
    )
    check_outputs(TOKEN, made.outputs)
    assert made.secrets == {"connection"}


def test_stdin_reaches_the_command_and_stays_a_secret(command: Caller, server: SshServer) -> None:
    made = command.create(connection=server.connection, create="wc -c", stdin=value("sesame" * 100_000, secret=True))
    assert made.outputs["stdout"].strip() == "600000"
    assert "stdin" in made.secrets


def test_a_failure_shows_the_output_and_not_the_stdin(command: Caller, server: SshServer) -> None:
    with pytest.raises(RuntimeError) as caught:
        command.create(connection=server.connection, create="cat >/dev/null; echo bad; exit 3", stdin="sesame")
    assert str(caught.value) == ('Process exited with status 3: running "cat >/dev/null; echo bad; exit 3":\nbad\n')


def test_lines_go_to_the_log_as_far_as_asked_for(command: Caller, server: SshServer, log: Lines) -> None:
    command.create(connection=server.connection, create="echo out; echo err >&2", logging="stderr")
    assert log.lines == ["err"]
    command.create(connection=server.connection, create="echo out; echo err >&2", logging="none")
    assert log.lines == ["err"]


def test_another_host_key_than_the_pinned_one_is_refused(command: Caller, server: SshServer) -> None:
    other = new_key()[1]
    connection = server.connection | {"hostKey": f"{other.get_name()} {other.get_base64()}"}
    with pytest.raises(RuntimeError, match=r"127\.0\.0\.1:\d+: no SSH connection .* shows another host key"):
        command.create(connection=connection, create="echo reached")
    assert server.commands == []


def test_a_wrong_key_of_the_user_is_refused(command: Caller, server: SshServer) -> None:
    connection = server.connection | {"privateKey": new_key()[0]}
    with pytest.raises(RuntimeError, match="after 2 tries: the host refuses the key or password"):
        command.create(connection=connection, create="true")


def test_a_key_that_is_none_is_refused_without_showing_it(command: Caller, server: SshServer) -> None:
    connection = server.connection | {"privateKey": "open sesame"}
    with pytest.raises(RuntimeError, match="the private key can't be read") as caught:
        command.create(connection=connection, create="true")
    assert "sesame" not in str(caught.value)


def test_a_host_that_comes_late_is_waited_for(command: Caller, server: SshServer, log: Lines) -> None:
    server.refuse_first = 2
    made = command.create(connection=server.connection | {"dialErrorLimit": 5}, create="echo here")
    assert made.outputs["stdout"] == "here"
    assert "try 2 (limit 5) failed" in log.lines[1]


def test_the_limit_of_tries_holds(command: Caller, server: SshServer) -> None:
    server.refuse_first = 100
    with pytest.raises(RuntimeError, match="after 3 tries"):
        command.create(connection=server.connection | {"dialErrorLimit": 2}, create="true")
    assert server.refuse_first == 97


def test_environment_that_the_host_refuses_is_an_error(command: Caller, server: SshServer) -> None:
    made = command.create(connection=server.connection, create="echo $LC_WORD", environment={"LC_WORD": "hello"})
    assert made.outputs["stdout"] == "hello"
    with pytest.raises(RuntimeError, match="does not accept the environment variable OTHER: name it in AcceptEnv"):
        command.create(connection=server.connection, create="true", environment={"OTHER": "hello"})


def test_update_runs_update_or_else_create(command: Caller, server: SshServer) -> None:
    made = command.create(connection=server.connection, create="echo one")
    again = command.update(made, connection=server.connection, create="echo $PULUMI_COMMAND_STDOUT and more")
    assert again.outputs["stdout"] == "one and more"
    other = command.update(again, connection=server.connection, create="echo one", update="echo updated")
    assert other.outputs["stdout"] == "updated"


def test_previous_output_is_kept_out_when_asked_to(command: Caller, server: SshServer, log: Lines) -> None:
    made = command.create(connection=server.connection, create="echo one; echo err >&2", logging="none")
    inputs: dict[str, Any] = {"connection": server.connection, "create": "echo [$PULUMI_COMMAND_STDOUT]"}
    assert command.update(made, **inputs, addPreviousOutputInEnv=False).outputs["stdout"] == "[]"
    assert log.lines == ["[]"]
    assert command.update(made, **inputs).outputs["stdout"] == "[one]"
    assert "PULUMI_COMMAND_STDERR: name it in AcceptEnv" in log.lines[1]


def test_delete_uses_the_connection_of_the_state(command: Caller, server: SshServer) -> None:
    made = command.create(connection=server.connection, create="true", delete="echo leaving")
    command.delete(made)
    assert server.commands == ["true", "echo leaving"]
    server.close()
    with pytest.raises(RuntimeError, match="no SSH connection"):
        command.delete(made)


def test_triggers_replace_and_everything_else_updates(command: Caller, server: SshServer) -> None:
    inputs: dict[str, Any] = {"connection": server.connection, "create": "true", "triggers": [1], "stdin": "a"}
    made = command.create(**inputs)
    assert not command.diff(made, **inputs).changes
    assert command.diff(made, **(inputs | {"triggers": [2]})).replaces == ["triggers"]
    for change in (
        {"create": "false"},
        {"stdin": "b"},
        {"stdin": None},
        {"connection": server.connection | {"port": 1}},
    ):
        diff = command.diff(made, **(inputs | change))
        assert diff.changes
        assert diff.replaces == []
    without = {name: text for name, text in server.connection.items() if name != "hostKey"}
    assert command.diff(made, **(inputs | {"connection": without})).changes


def test_preview_runs_nothing_and_knows_no_output(command: Caller, server: SshServer) -> None:
    connection = server.connection | {"host": value(UNKNOWN)}
    planned = command.create(preview=True, connection=connection, create=value(UNKNOWN))
    assert planned.outputs["stdout"] == UNKNOWN
    made = command.create(connection=server.connection, create="echo one")
    assert command.diff(made, connection=server.connection, create=value(UNKNOWN)).changes
    assert command.update(made, preview=True, connection=server.connection, create="x").outputs["stdout"] == UNKNOWN
    assert server.commands == ["echo one"]


def test_many_commands_run_at_once(command: Caller, server: SshServer, tmp_path: Path) -> None:
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: command.create(connection=server.connection, create=meeting(tmp_path, 12)), range(12)))
    assert len(server.commands) == 12


def test_a_broken_connection_is_named_with_its_host(command: Caller, server: SshServer) -> None:
    def cut() -> None:
        server.wait_for_command()
        server.cut()

    threading.Thread(target=cut, daemon=True).start()
    with pytest.raises(RuntimeError, match=r"127\.0\.0\.1:\d+: the SSH connection broke before the command had ended"):
        command.create(connection=server.connection, create="sleep 60")


def test_cancel_ends_what_runs(command: Caller, server: SshServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "CANCEL_SECONDS", 0.3)

    def cancel() -> None:
        server.wait_for_command()
        asyncio.run(command.provider.cancel())

    threading.Thread(target=cancel, daemon=True).start()
    with pytest.raises(RuntimeError, match="cancelled; the command may still be running there"):
        command.create(connection=server.connection, create="sleep 1000")


def test_unknown_and_missing_inputs_are_refused(command: Caller, server: SshServer) -> None:
    with pytest.raises(ValueError, match=r"(?s)connection: .*required.*sudo: .*unknown"):
        command.check(create="true", sudo=True)
    with pytest.raises(ValueError, match="must be one of stdout"):
        command.check(connection=server.connection, create="true", logging="loud")


def test_a_host_that_vanished_is_noticed_by_the_kernel_as_late_as_by_the_published_plugin(server: SshServer) -> None:
    """Go's dialer asks for a probe after 15 s and every 15 s, nine in all; its SSH client sends none of its own."""
    options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    with connected(read_connection(server.connection), threading.Event(), lambda _: None) as transport:
        assert isinstance(transport.sock, socket.socket)
        assert transport.sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert [transport.sock.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [15, 15, 9]
        keepalive_of_ssh = transport.packetizer._Packetizer__keepalive_interval  # type: ignore[attr-defined]
        assert keepalive_of_ssh == 0
