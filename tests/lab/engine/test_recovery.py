"""What a killed engine leaves is found by its state, and only that."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab.engine.recovery import engine_processes, find_leftovers, repair, spent
from lab.engine.state import resources
from lab.engine.workspace import Workspace
from lab.lab import Lab
from lab.progress import Silence

PREFIX = "urn:pulumi:lab::tailnet-k3s::"
KEY = "tailscale:index/tailnetKey:TailnetKey"
INSTANCE = "oci:Core/instance:Instance"


def urn(kind: str, name: str) -> str:
    return f"{PREFIX}{kind}::{name}"


def resource(kind: str, name: str, parent: str = "", needs: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """A resource as the state has it."""
    custom = not kind.startswith("tailnet-k3s:")
    found = {"urn": urn(kind, name), "type": kind, "custom": custom, "id": f"id-of-{name}", "parent": parent, **more}
    return {**found, "propertyDependencies": {"metadata": list(needs)}}


def device(host: str) -> list[dict[str, Any]]:
    """What a host's place in the tailnet is made of."""
    parent = urn("tailnet-k3s:tailnet:Device", host)
    return [
        resource("tailnet-k3s:tailnet:Device", host),
        resource("random:index/randomString:RandomString", host, parent),
        resource(KEY, host, parent),
    ]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a state of two hosts, of which one was never finished."""
    (tmp_path / "Pulumi.yaml").write_text("name: tailnet-k3s\n")
    workspace = Workspace(Lab("test", tmp_path / "lab"), "lab", tmp_path)
    workspace.folder.mkdir(parents=True)
    workspace.checkpoint.parent.mkdir(parents=True)
    latest = {
        "resources": [*device("one"), *device("two"), resource(INSTANCE, "one", needs=(urn(KEY, "one"),))],
        "pending_operations": [{"type": "creating", "resource": resource(INSTANCE, "two")}],
    }
    workspace.checkpoint.write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))
    return workspace


def test_a_key_that_made_nothing_is_spent_with_the_name_beside_it(workspace: Workspace) -> None:
    assert set(spent(resources(workspace))) == {urn(KEY, "two"), urn("random:index/randomString:RandomString", "two")}


def test_operations_under_way_and_locks_are_found(workspace: Workspace) -> None:
    workspace.locks.mkdir(parents=True)
    (workspace.locks / "1.json").write_text("{}")
    damage = find_leftovers(workspace)
    assert damage.locks
    assert damage.pending == (("creating", urn(INSTANCE, "two")),)
    assert "id-of-one" in damage.ids


def test_a_stack_that_was_never_up_has_no_damage(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: tailnet-k3s\n")
    damage = find_leftovers(Workspace(Lab("test", tmp_path), "lab", tmp_path))
    assert (damage.processes, damage.locks, damage.pending, damage.spent) == ((), False, (), ())


def test_repair_takes_what_is_spent_out_of_the_state(workspace: Workspace, tmp_path: Path) -> None:
    exported = {"deployment": json.loads(workspace.checkpoint.read_text())["checkpoint"]["latest"]}
    (tmp_path / "exported").write_text(json.dumps(exported))
    pulumi = workspace.executables / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(
        f"#!/bin/sh\ncase $3 in export) cat {tmp_path}/exported ;; import) cat >{tmp_path}/imported ;; esac\n"
    )
    pulumi.chmod(0o755)
    workspace.project.mkdir()
    repair(workspace, find_leftovers(workspace), Silence())
    imported = json.loads((tmp_path / "imported").read_text())["deployment"]
    assert imported["pending_operations"] == []
    kept = [each["urn"] for each in imported["resources"]]
    assert urn(KEY, "one") in kept
    assert urn(KEY, "two") not in kept
    assert urn("tailnet-k3s:tailnet:Device", "two") in kept, "components stay: they are made anew by their name"


def test_only_processes_of_the_last_engine_s_session_are_its_own(workspace: Workspace) -> None:
    environment = {"PATH": f"{workspace.executables}:/usr/bin:/bin"}

    def start(**more: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["sleep", "60"], start_new_session=True, **more)

    engine, host, stranger = start(env=environment), start(env=environment), start()
    try:
        workspace.session.write_text(f"{os.getsid(engine.pid)}\n")
        assert [process.pid for process in engine_processes(workspace)] == [engine.pid]
        workspace.session.write_text(f"{os.getsid(stranger.pid)}\n")
        assert engine_processes(workspace) == []
    finally:
        for process in (engine, host, stranger):
            process.kill()
            process.wait()
