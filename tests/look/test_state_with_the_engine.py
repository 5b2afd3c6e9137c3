"""The state that a look finds under the real engine: before the first `up`, and after one that was interrupted."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from lab.distribution.build import build_programs
from lab.engine import EngineLaunch, Finished, Workspace, install_plugins, outputs, prepare, run_engine
from lab.engine.messages import Message
from lab.hosts import delete_lab
from lab.lab import REPOSITORY, Lab
from lab.network import create_network
from lab.progress import Silence

pytestmark = pytest.mark.lab

PROGRAM = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
import pulumi
from pulumi_command import local
from components.look.state import COMMAND, read_state
found = sorted(name for _, name in read_state())
pulumi.log.warn(f"the look finds {{found}}")
config = pulumi.Config()
first = local.Command("first", create="true")
second = local.Command("second", create=config.require("second"), opts=pulumi.ResourceOptions(depends_on=[first]))
pulumi.export("nodes", second.stdout)
pulumi.export("more", second.stdout)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A program of two commands. The second one fails."""
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: looks\nruntime: python\n")
    (program / "__main__.py").write_text(PROGRAM)
    lab = Lab("t-state", tmp_path / "lab")
    lab.logs.mkdir(parents=True)
    workspace = Workspace(lab, "lab", program)
    second(workspace, "false")
    install_plugins(workspace, build_programs(["pulumi"], Silence())["pulumi"], Path(sys.executable))
    create_network(lab)
    yield workspace
    delete_lab(lab)


def second(workspace: Workspace, command: str) -> None:
    settings = workspace.program / "Pulumi.lab.yaml"
    settings.write_text(json.dumps({"config": {"looks:second": command}}))
    prepare(workspace, settings, {})


def run(workspace: Workspace, verb: Literal["up", "preview"]) -> tuple[Finished, str]:
    """How it ended, and what the look found."""
    seen: list[Message] = []
    finished = run_engine(EngineLaunch(workspace, Path(sys.executable), {}), verb, seen.append)
    return finished, next(line for line in map(str, seen) if "the look finds" in line)


def test_what_an_interrupted_first_up_has_made_is_found(workspace: Workspace) -> None:
    finished, found = run(workspace, "preview")
    assert finished.well
    assert "finds []" in found
    finished, found = run(workspace, "up")
    assert not finished.well
    assert "'first'" not in found
    verbs: tuple[Literal["up", "preview"], ...] = ("preview", "up")
    for verb in verbs:
        finished, found = run(workspace, verb)
        assert "'first'" in found
        assert finished.well == (verb == "preview")
    second(workspace, "true")
    assert run(workspace, "up")[0].well
    assert outputs(workspace) == {"nodes": "", "more": ""}, "the program's own outputs take the place of the early one"
