"""SDKs are imported ahead by what the last program needed: all of that, and nothing else."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pulumi._utils import lazy_import

from lab.engine.sdks import FILE, import_noted, note_imported
from lab.engine.workspace import Workspace
from lab.lab import Lab

NAMES = ("pulumi_acme", "pulumi_acme.compute", "pulumi_acme.network")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace, and on the path an SDK that fails when its package network is loaded."""
    for name in NAMES:
        folder = tmp_path.joinpath("sdk", *name.split("."))
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("_utilities = None\n")
    (tmp_path / "sdk/pulumi_acme/network/__init__.py").write_text("raise RuntimeError('network was loaded')\n")
    (tmp_path / "sdk/pulumi_acme/compute/size.py").write_text("class Size: ...\n")
    monkeypatch.syspath_prepend(str(tmp_path / "sdk"))
    workspace = Workspace(Lab("test", tmp_path))
    workspace.folder.mkdir(parents=True)
    yield workspace
    _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name.startswith("pulumi_acme")]:
        del sys.modules[name]


def noted(workspace: Workspace) -> list[str]:
    """What is noted of that SDK."""
    return [name for name in json.loads((workspace.folder / FILE).read_text()) if name.startswith("pulumi_acme")]


def test_what_a_program_loaded_is_loaded_ahead(workspace: Workspace) -> None:
    lazy_import("pulumi_acme.network")  # type: ignore[no-untyped-call]
    compute = lazy_import("pulumi_acme.compute")  # type: ignore[no-untyped-call]
    assert compute._utilities is None
    importlib.import_module("pulumi_acme.compute.size")
    note_imported(workspace)
    assert noted(workspace) == ["pulumi_acme", "pulumi_acme.compute"]
    _forget()
    import_noted(workspace)
    assert {name for name in sys.modules if name.startswith("pulumi_acme")} == {"pulumi_acme", "pulumi_acme.compute"}


def test_what_can_not_be_imported_is_left_to_the_program(workspace: Workspace) -> None:
    (workspace.folder / FILE).write_text(json.dumps(["pulumi_acme", "pulumi_acme.gone", "pulumi_acme.compute"]))
    import_noted(workspace)
    assert "pulumi_acme" in sys.modules


def test_a_first_run_has_nothing_to_import(workspace: Workspace) -> None:
    import_noted(workspace)
    assert "pulumi_acme" not in sys.modules
