"""A stand-in served as a plugin: a process of its own, spoken to as the engine does."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from lab.lab import REPOSITORY
from lab.providers.properties import UNKNOWN, UNKNOWN_SIGNATURE, plain_map, received, sendable, value_map
from tests.waiting import PATIENCE_SECONDS, meeting, until

PLUGIN = (sys.executable, "-m", "lab.providers.command", "")
URN = "urn:pulumi:stack::project::command:local:Command::it"


class Plugin:
    """A running stand-in for the command plugin."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(PLUGIN, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        port = self.process.stdout.readline().strip()
        self.stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))

    def create(self, *, preview: bool = False, **inputs: Any) -> dict[str, Any]:
        """Outputs of a new local command."""
        properties = PropertyValue.marshal_map({name: sendable(item) for name, item in value_map(inputs).items()})
        answer = self.stub.Create(provider_pb2.CreateRequest(urn=URN, properties=properties, preview=preview))
        outputs = PropertyValue.unmarshal_map(answer.properties)
        return plain_map({name: received(item) for name, item in outputs.items()})


@pytest.fixture(scope="module")
def plugin() -> Iterator[Plugin]:
    plugin = Plugin()
    yield plugin
    plugin.process.kill()
    plugin.process.wait()


def test_version_is_that_of_the_published_sdk(plugin: Plugin) -> None:
    assert plugin.stub.GetPluginInfo(Empty()).version == "1.2.1"


def test_calls_that_block_run_at_once(plugin: Plugin, tmp_path: Path) -> None:
    with ThreadPoolExecutor(40) as pool:
        list(pool.map(lambda _: plugin.create(create=meeting(tmp_path, 40)), range(40)))


def test_an_error_is_its_text_alone(plugin: Plugin) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        plugin.create(create="echo oops; exit 3")
    assert caught.value.details() == 'exit status 3: running "echo oops; exit 3":\noops\n'


def test_unknowns_pass_both_ways(plugin: Plugin) -> None:
    outputs = plugin.create(preview=True, create=UNKNOWN)
    assert outputs["create"] == UNKNOWN
    assert outputs["stdout"] == UNKNOWN


def test_the_engines_unknowns_of_every_type_are_unknown() -> None:
    for signature in (UNKNOWN_SIGNATURE, "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"):
        assert received(PropertyValue([PropertyValue(signature)])).value == (PropertyValue(UNKNOWN),)


def test_failures_of_a_check_are_named(plugin: Plugin) -> None:
    news = PropertyValue.marshal_map(value_map({"create": 1, "cwd": "/"}))
    answer = plugin.stub.Check(provider_pb2.CheckRequest(urn=URN, news=news))
    assert [failure.property for failure in answer.failures] == ["create", "cwd"]


def test_cancel_is_heard_while_calls_run(tmp_path: Path) -> None:
    own = Plugin()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(own.create, create=f"touch {tmp_path}/begun; sleep 1000")
        until("the command runs", (tmp_path / "begun").exists)
        own.stub.Cancel(Empty())
        with pytest.raises(grpc.RpcError, match="cancelled"):
            running.result(PATIENCE_SECONDS)
    own.process.kill()
    own.process.wait()


def test_ends_when_the_engine_needs_it_no_more() -> None:
    own = Plugin()
    own.process.send_signal(signal.SIGINT)
    own.process.wait(PATIENCE_SECONDS)


def test_ends_with_the_engine_and_takes_its_commands_along(tmp_path: Path) -> None:
    # A process between this test and the plugin is the engine, and is killed as nobody can prevent.
    engine = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, time; subprocess.Popen({list(PLUGIN)!r}); time.sleep(60)"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert engine.stdout
    port = engine.stdout.readline().strip()
    stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))
    pid = tmp_path / "pid"
    inputs = PropertyValue.marshal_map(value_map({"create": f"echo $$ > {pid}; sleep 60"}))
    call = stub.Create.future(provider_pb2.CreateRequest(urn=URN, properties=inputs))
    until("the command runs", lambda: pid.exists() and pid.read_text())
    engine.send_signal(signal.SIGKILL)
    engine.wait()
    command = int(pid.read_text())
    until("the command ends", lambda: not is_running(command))
    until("the call ends", call.done)


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
