"""The stand-ins for random, tls and command under the real engine: what a user's stack sees of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pulumi
import pulumi_command
import pulumi_random
import pulumi_tls
import pytest
from pulumi.automation import CommandError

from tests.lab.providers.command.ssh_server import SshServer
from tests.lab.providers.engine import Engine

pytestmark = pytest.mark.lab


@pytest.fixture(autouse=True)
def path_kept() -> Iterator[None]:
    before = os.environ["PATH"]
    yield
    os.environ["PATH"] = before


@pytest.fixture
def server() -> Iterator[SshServer]:
    server = SshServer()
    yield server
    server.close()


def login(server: SshServer, host: pulumi.Input[str] = "127.0.0.1") -> pulumi_command.remote.ConnectionArgs:
    """How commands reach the server; they give up after a second."""
    return pulumi_command.remote.ConnectionArgs(
        host=host,
        port=server.port,
        user="operator",
        private_key=server.user_text,
        host_key=f"{server.host_key.get_name()} {server.host_key.get_base64()}",
        dial_error_limit=2,
    )


def test_a_stack_of_keys_passwords_and_commands(tmp_path: Path, server: SshServer) -> None:
    wanted = {"script": "cat > /dev/null; echo one", "version": "1", "delete": "echo leaving one"}

    def program() -> None:
        password = pulumi_random.RandomPassword("password", length=24, keepers={"version": "1"})
        key = pulumi_tls.PrivateKey("key", algorithm="ED25519")
        step = pulumi_command.remote.Command(
            "step",
            connection=login(server, password.length.apply(lambda _: "127.0.0.1")),  # not known in the first preview
            create=wanted["script"],
            delete=wanted["delete"],
            stdin=password.result,
            triggers=[wanted["version"]],
            logging=pulumi_command.remote.Logging.NONE,
        )
        pulumi.export("password", password.result)
        pulumi.export("key", key.private_key_openssh)
        pulumi.export("printed", step.stdout)

    engine = Engine(tmp_path, program)
    try:
        assert engine.preview().changes == {"create": 4}
        assert server.commands == []
        first = engine.up()
        assert first.changes == {"create": 4}
        assert first.outputs["printed"] == "one"
        for name in ("password", "key"):
            secret = str(first.outputs[name])
            assert secret not in engine.text_of_state(), f"{name} is in the state as plain text"
            assert secret not in first.printed, f"{name} was printed"

        assert engine.up().changes == {"same": 4}
        assert len(server.commands) == 1

        wanted["script"] = "cat > /dev/null; echo two"
        assert engine.preview().changes == {"same": 3, "update": 1}
        second = engine.up()
        assert second.outputs["printed"] == "two"
        assert second.outputs["password"] == first.outputs["password"]

        wanted |= {"version": "2", "delete": "echo leaving two"}
        engine.up()
        assert server.commands[-2:] == ["cat > /dev/null; echo two", "echo leaving one"], (
            "the new one first, then the old"
        )
    finally:
        engine.destroy()
    assert server.commands[-1] == "echo leaving two"


def test_what_ran_on_a_machine_that_is_lost_can_be_taken_out(tmp_path: Path, server: SshServer) -> None:
    """By an option that steps on lost hosts have (components/remote.py): it holds although no input changes with it."""
    wanted = {"there": True, "lost": False}

    def program() -> None:
        if wanted["there"]:
            opts = pulumi.ResourceOptions(retain_on_delete=wanted["lost"])
            pulumi_command.remote.Command(
                "step", connection=login(server), create="echo one", delete="echo leaving", opts=opts
            )

    engine = Engine(tmp_path, program)
    assert engine.up().changes == {"create": 2}
    server.close()
    wanted["there"] = False
    with pytest.raises(CommandError, match="step"):
        engine.up()
    wanted |= {"there": True, "lost": True}
    assert engine.up().changes == {"same": 2}
    wanted["there"] = False
    assert engine.up().changes.get("same") == 1
    assert engine.up().changes == {"same": 1}
    assert server.commands == ["echo one"]
