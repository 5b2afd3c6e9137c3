"""A started pack knows which inputs the program marked as secret: the test speaks the engine's protocol with it."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from google.protobuf import struct_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from policies.sdk import SECRET, SIGNATURE, UNKNOWN, SecretText, with_marks
from tests.stack import ROOT

KIND = "command:remote:Command"


def secret(value: Any) -> dict[str, Any]:
    """A secret as the engine sends it."""
    return {SIGNATURE: SECRET, "value": value}


@pytest.fixture(scope="module")
def pack() -> Iterator[Any]:
    """The pack, started as Pulumi starts it."""
    started = subprocess.Popen([sys.executable, "-u", ROOT / "policies", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert started.stdout
        with grpc.insecure_channel(f"127.0.0.1:{int(started.stdout.readline())}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        started.kill()
        started.wait()


def refused(pack: Any, **inputs: Any) -> set[str]:
    """The rules that refuse a command with these inputs."""
    properties = struct_pb2.Struct()
    properties.update({"connection": {"hostKey": "ssh-ed25519 AAAA"}, **inputs})
    options = analyzer_pb2.AnalyzerResourceOptions()
    asked = analyzer_pb2.AnalyzeRequest(type=KIND, properties=properties, urn="", name="thing", options=options)
    return {one.policyName for one in pack.Analyze(asked).diagnostics}


PRIVATE = {"hostKey": "ssh-ed25519 AAAA", "privateKey": "a-key"}


def test_refuses_a_key_in_plain_text(pack: Any) -> None:
    assert refused(pack, connection=PRIVATE) == {"no-secret-is-in-plain-text"}


@pytest.mark.parametrize("connection", [secret(PRIVATE), {**PRIVATE, "privateKey": secret("a-key")}], ids=["all", "it"])
def test_allows_a_key_that_is_marked(pack: Any, connection: dict[str, Any]) -> None:
    assert refused(pack, connection=connection) == set()


def test_refuses_a_secret_on_a_command_line(pack: Any) -> None:
    assert refused(pack, create="mysql -pabc") == set()
    assert refused(pack, create=secret("mysql -pabc")) == {"no-secret-is-in-plain-text"}


def test_other_rules_read_what_is_secret(pack: Any) -> None:
    assert refused(pack, stdin=secret("tailscale set --exit-node=home-1")) == {"no-node-uses-or-offers-an-exit-node"}


def test_allows_a_secret_that_a_preview_does_not_know(pack: Any) -> None:
    assert refused(pack, create=secret(UNKNOWN)) == set()


def test_marks_are_at_texts_of_every_depth() -> None:
    given = {"a": secret({"b": ["c", 1, secret("d")], "e": UNKNOWN}), "f": "g"}
    found = with_marks(given)
    assert found == {"a": {"b": ["c", 1, "d"], "e": UNKNOWN}, "f": "g"}
    assert [type(found["a"]["b"][0]), type(found["a"]["b"][2])] == [SecretText, SecretText]
    assert [type(found["a"]["e"]), type(found["f"])] == [str, str]
