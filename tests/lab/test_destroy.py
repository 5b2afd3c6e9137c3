"""`destroy` and `refresh` in their order, with every part replaced."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lab import destroy as module
from lab import existing_stack, up
from lab.destroy import Destroyed, destroy
from lab.engine import EngineLaunch, Finished, Workspace
from lab.engine.messages import Message
from lab.engine.recovery import Leftovers
from lab.existing_stack import NoStackError
from lab.homes import Homes
from lab.internet import Internet
from lab.lab import Lab
from lab.progress import Report, Silence
from lab.refresh import refresh
from lab.up import EngineFailedError
from tests.lab.test_up import Made

GOOD = Finished(well=True, interrupted=False, changes={"delete": 2})
PREFIX = "urn:pulumi:lab::tailnet-k3s::"
STACK = {"urn": f"{PREFIX}pulumi:pulumi:Stack::tailnet-k3s-lab", "type": "pulumi:pulumi:Stack"}
HOST = {
    "urn": f"{PREFIX}tailnet-k3s:hosts:OracleHost::oracle-1",
    "type": "tailnet-k3s:hosts:OracleHost",
    "parent": STACK["urn"],
    "protect": True,
}
VOLUME = {
    "urn": f"{PREFIX}tailnet-k3s:hosts:OracleHost$oci:Core/volume:Volume::oracle-1",
    "type": "oci:Core/volume:Volume",
    "parent": HOST["urn"],
    "custom": True,
    "protect": True,
}
DAMAGE = Leftovers(processes=(), locks=False, pending=(), ids=frozenset(), spent=("the removal from the tailnet",))


def state(workspace: Workspace, *resources: dict[str, Any]) -> None:
    """What the stack has."""
    workspace.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    workspace.checkpoint.write_text(json.dumps({"checkpoint": {"latest": {"resources": resources}}}))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A stack with a host, a machine at home, and a volume that is protected."""
    (tmp_path / "Pulumi.yaml").write_text("name: tailnet-k3s\n")
    workspace = Workspace(Lab("test", tmp_path / "lab"), "lab", tmp_path)
    workspace.project.mkdir(parents=True)
    home = "{cloud: existing, address: 192.168.1.20, user: pi}"
    workspace.settings.write_text(f"config: {{tailnet-k3s:hosts: {{oracle-1: {{}}, home-1: {home}}}}}\n")
    state(workspace, STACK, HOST, VOLUME)
    return workspace


class Parts:
    """What was called, and how the engine shall end."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.finished = GOOD
        self.repaired: list[Leftovers] = []


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Parts:
    """Replaces everything around `destroy`."""
    parts = Parts()
    internet = Internet("https://203.0.113.2", tmp_path / "ca.pem", "key", "token")

    def note(name: str, answer: Any = None) -> Callable[..., Any]:
        def call(*_arguments: object, **_options: object) -> Any:
            parts.calls.append(name)
            return answer

        return call

    @contextmanager
    def supplies(_lab: Lab, _report: Report) -> Iterator[Made]:
        yield Made(None)

    def engine(_start: EngineLaunch, operation: str, _show: Callable[[Message], None]) -> Finished:
        parts.calls.append(operation)
        return parts.finished

    def repair(_workspace: Workspace, damage: Leftovers, _report: Report) -> None:
        parts.repaired.append(damage)

    monkeypatch.setattr(existing_stack, "supplies", supplies)
    monkeypatch.setattr(module, "outputs", lambda _workspace: {"kept": {"home-1": ["folder /srv", "bucket a"]}})
    monkeypatch.setattr(existing_stack, "install_plugins", note("install_plugins"))
    monkeypatch.setattr(existing_stack, "find_leftovers", lambda _workspace: DAMAGE)
    monkeypatch.setattr(existing_stack, "repair", repair)
    monkeypatch.setattr(up, "run_engine", engine)
    monkeypatch.setattr(up, "create_network", note("create_network"))
    monkeypatch.setattr(up, "start_internet", note("start_internet", internet))
    monkeypatch.setattr(Homes, "create", lambda homes, _report: parts.calls.append(f"with {[*homes.homes]}"))
    return parts


def test_the_engine_finds_the_lab_s_servers_and_the_machines_at_home(parts: Parts, workspace: Workspace) -> None:
    destroyed = destroy(workspace, Silence())
    assert parts.calls == ["create_network", "start_internet", "install_plugins", "with ['home-1']", "destroy"]
    assert destroyed == Destroyed(GOOD, {"home-1": ["folder /srv", "bucket a"]}, ["oracle-1 · volume"])


def test_it_ends_with_what_is_kept() -> None:
    destroyed = Destroyed(GOOD, {"home-1": ["folder /srv", "bucket a"]}, ["oracle-1 · volume"])
    assert destroyed.lines() == [
        "kept: home-1 · folder /srv",
        "kept: home-1 · bucket a",
        "protected, so still in the stack: oracle-1 · volume",
    ]


def test_a_stack_that_is_not_there_is_not_destroyed(parts: Parts, workspace: Workspace) -> None:
    state(workspace)
    with pytest.raises(NoStackError, match="lab test has nothing of stack lab to destroy"):
        destroy(workspace, Silence())
    workspace.checkpoint.unlink()
    with pytest.raises(NoStackError):
        destroy(workspace, Silence())
    assert parts.calls == []


def test_after_an_interrupt_it_goes_on_and_forgets_no_removal(parts: Parts, workspace: Workspace) -> None:
    parts.finished = Finished(well=False, interrupted=True)
    with pytest.raises(KeyboardInterrupt):
        destroy(workspace, Silence())
    parts.finished = GOOD
    destroy(workspace, Silence())
    assert [damage.spent for damage in parts.repaired] == [()]
    destroy(workspace, Silence())
    assert len(parts.repaired) == 1


def test_a_failure_is_one(parts: Parts, workspace: Workspace) -> None:
    parts.finished = Finished(well=False, interrupted=False)
    with pytest.raises(EngineFailedError):
        destroy(workspace, Silence())


def test_a_refresh_starts_no_machine_and_forgets_used_keys(parts: Parts, workspace: Workspace) -> None:
    parts.finished = Finished(well=False, interrupted=True)
    with pytest.raises(KeyboardInterrupt):
        refresh(workspace, Silence())
    assert parts.calls == ["create_network", "start_internet", "install_plugins", "refresh"]
    parts.finished = GOOD
    assert refresh(workspace, Silence()) == GOOD
    assert parts.repaired == [DAMAGE]
    state(workspace)
    with pytest.raises(NoStackError, match="lab test has nothing of stack lab to refresh"):
        refresh(workspace, Silence())
