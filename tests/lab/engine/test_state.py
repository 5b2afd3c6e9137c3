"""Outputs and secrets out of the state, with a script in the engine's place."""

import json
import stat
from pathlib import Path

import pytest

from lab.engine.state import StateError, outputs, secret_values
from lab.engine.workspace import Workspace
from lab.lab import REPOSITORY, Lab

MARK = "4dabf18193072939515e22adb298388d"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with some state."""
    workspace = Workspace(Lab("test", tmp_path))
    for folder in (workspace.executables, workspace.project, workspace.checkpoint.parent):
        folder.mkdir(parents=True)
    workspace.checkpoint.write_text("{}")
    return workspace


def engine(workspace: Workspace, script: str) -> Path:
    """Lets a shell script answer in the engine's place; gives the list of its calls."""
    calls = workspace.folder / "calls"
    pulumi = workspace.executables / "pulumi"
    pulumi.write_text(f'#!/bin/sh\necho "$@" >>{calls}\n{script}\n')
    pulumi.chmod(0o755)
    return calls


def test_outputs_are_asked_for_once_as_long_as_the_state_is_the_same(workspace: Workspace) -> None:
    calls = engine(workspace, """echo '{"writer": "oracle-1"}'""")
    assert [outputs(workspace), outputs(workspace)] == [{"writer": "oracle-1"}] * 2
    assert len(calls.read_text().splitlines()) == 1
    workspace.checkpoint.write_text('{"changed": true}')
    engine(workspace, """echo '{"writer": "oracle-2"}'""")
    assert outputs(workspace) == {"writer": "oracle-2"}


def test_kept_outputs_are_for_their_owner_only(workspace: Workspace) -> None:
    engine(workspace, "echo '{}'")
    outputs(workspace)
    assert stat.S_IMODE((workspace.folder / "outputs.json").stat().st_mode) == 0o600


def test_a_stack_that_was_never_up_has_none(tmp_path: Path) -> None:
    assert outputs(Workspace(Lab("test", tmp_path))) == {}


def test_an_error_is_one_line(workspace: Workspace) -> None:
    engine(workspace, "echo 'error: incorrect passphrase' >&2; exit 255")
    with pytest.raises(StateError, match=r"^pulumi stack output failed: error: incorrect passphrase$"):
        outputs(workspace)


def test_every_secret_is_found_however_deep(tmp_path: Path) -> None:
    workspace = Workspace(Lab("test", tmp_path), program=REPOSITORY)
    for folder in (workspace.executables, workspace.project):
        folder.mkdir(parents=True)

    def secret(value: object) -> dict[str, str]:
        return {MARK: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(value)}

    resource = {
        "urn": "urn:pulumi:lab::tailnet-k3s::tls:index/privateKey:PrivateKey::oracle-1",
        "type": "tls:index/privateKey:PrivateKey",
        "inputs": {"open": "visible"},
        "outputs": {"key": secret("hidden-1"), "list": [{"deep": secret({"user": ["hidden-2", 3]})}]},
    }
    (tmp_path / "exported").write_text(json.dumps({"deployment": {"resources": [resource]}}))
    engine(workspace, f"cat {tmp_path}/exported")
    assert secret_values(workspace.lab) == {
        "oracle-1 outputs.key": "hidden-1",
        "oracle-1 outputs.list[0].deep.user[0]": "hidden-2",
    }
