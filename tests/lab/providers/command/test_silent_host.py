"""What the real engine makes of a step of a host that does not answer: it is left, and done once the host answers."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi import automation
from pulumi_command import remote

from components.remote import INPUTS
from tests.lab.providers.command.ssh_server import SshServer
from tests.lab.providers.programs import executable, program

pytestmark = pytest.mark.lab


@dataclass
class Wanted:
    """One command, as components/remote.py makes it; tests change it."""

    connection: dict[str, Any] = field(default_factory=dict)
    text: str = "echo one"
    stdin: str | None = None
    silent: bool = False

    def __call__(self) -> None:
        """The program."""
        made = remote.Command(
            "thing",
            create=self.text,
            connection=remote.ConnectionArgs(
                host=self.connection["host"],
                port=self.connection["port"],
                user=self.connection["user"],
                private_key=pulumi.Output.secret(self.connection["privateKey"]),
                dial_error_limit=1,
                per_dial_timeout=1,
            ),
            stdin=None if self.stdin is None else pulumi.Output.secret(self.stdin),
            opts=pulumi.ResourceOptions(ignore_changes=INPUTS if self.silent else None),
        )
        pulumi.export("stdout", made.stdout)


@pytest.fixture
def server() -> Iterator[SshServer]:
    server = SshServer()
    yield server
    server.close()


def test_a_step_is_left_while_its_host_is_silent_and_done_afterwards(
    tmp_path: Path, server: SshServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    binaries, state = tmp_path / "bin", tmp_path / "state"
    binaries.mkdir()
    state.mkdir()
    (binaries / "pulumi").symlink_to(program("pulumi"))
    start = "import runpy; runpy.run_module('lab.providers.command', run_name='__main__')"
    executable(binaries / "pulumi-resource-command", start)
    monkeypatch.setenv("PATH", f"{binaries}:{os.environ['PATH']}")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "test")
    settings = automation.ProjectSettings("site", "python", backend=automation.ProjectBackend(f"file://{state}"))
    options = automation.LocalWorkspaceOptions(work_dir=str(tmp_path), project_settings=settings)
    wanted = Wanted(connection=server.connection)
    stack = automation.create_or_select_stack("test", "site", wanted, opts=options)

    def up() -> tuple[str, dict[str, int]]:
        done = stack.up()
        return done.outputs["stdout"].value, {
            str(kind): count for kind, count in (done.summary.resource_changes or {}).items()
        }

    assert up() == ("one", {"create": 2})
    wanted.text, wanted.stdin, wanted.silent = "cat", "two", True
    wanted.connection = {**server.connection, "port": 1}
    assert up() == ("one", {"same": 2})
    assert list(stack.preview().change_summary.values()) == [2]
    wanted.connection, wanted.silent = server.connection, False
    assert up() == ("two", {"same": 1, "update": 1})
