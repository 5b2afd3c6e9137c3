"""The real engine updates nodes of a running cluster in turn: servers one by one, then a third of the agents at once.

The program of this test has the graph that the component asks for, with sleeps in place of the steps.
"""

import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from lab.distribution.build import build_programs
from lab.engine import EngineLaunch, Workspace, install_plugins, prepare, run_engine
from lab.hosts import delete_lab
from lab.lab import Lab
from lab.network import create_network
from lab.progress import Silence
from tests.components.cluster.test_k3s import needs, ran

pytestmark = pytest.mark.lab
AGENTS, AT_ONCE = 7, 2
PROGRAM = """
import json
import pulumi
from pathlib import Path
from pulumi_command import local
config = pulumi.Config()
made = {}
for name, before in json.loads(config.require("graph")).items():
    note = f'date +"{name} %s.%N" >>{config.require("notes")}'
    line = f"{note}; sleep 0.5; {note} # {config.require('setting')}"
    after = pulumi.ResourceOptions(depends_on=[made[one] for one in before])
    made[name] = local.Command(name, create=line, opts=after)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A lab with a network and an engine."""
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: turns\nruntime: python\n")
    (program / "__main__.py").write_text(PROGRAM)
    lab = Lab("turns", tmp_path / "lab")
    lab.logs.mkdir(parents=True)
    workspace = Workspace(lab, "lab", program)
    create_network(lab)
    yield workspace
    delete_lab(lab)


def graph() -> dict[str, list[str]]:
    """The steps of nodes in an order in which they can be made: which of them each one waits for."""
    there = ran(there=True, agents=AGENTS)
    names = [f"node-oracle-{number}" for number in (1, 2, 3)] + [f"node-home-{n}" for n in range(1, AGENTS + 1)]
    return {name: sorted(needs(name, there) & set(names) - {name}) for name in names}


def updated(workspace: Workspace, setting: str) -> dict[str, tuple[float, float]]:
    """When each step began and ended, in an `up` with another setting."""
    notes = workspace.program / f"notes-{setting}"
    values = {"graph": json.dumps(graph()), "notes": str(notes), "setting": setting}
    settings = workspace.program / "Pulumi.lab.yaml"
    settings.write_text(json.dumps({"config": {f"turns:{name}": value for name, value in values.items()}}))
    prepare(workspace, settings, {})
    install_plugins(workspace, build_programs(["pulumi"], Silence())["pulumi"], Path(sys.executable))
    run_engine(EngineLaunch(workspace, Path(sys.executable), {}), "up", lambda _: None)
    times: dict[str, list[float]] = {}
    for name, when in (line.split() for line in notes.read_text().splitlines()):
        times.setdefault(name, []).append(float(when))
    return {name: (begin, end) for name, (begin, end) in times.items()}


def most_at_once(steps: list[tuple[float, float]]) -> int:
    """How many of them ran at the same time."""
    return max(sum(begin <= moment < end for begin, end in steps) for moment, _ in steps)


def test_an_update_goes_from_node_to_node(workspace: Workspace) -> None:
    updated(workspace, "first")
    seen = updated(workspace, "second")
    assert len(seen) == 3 + AGENTS
    servers = [seen[f"node-oracle-{number}"] for number in (1, 2, 3)]
    agents = [steps for name, steps in seen.items() if "home" in name]
    assert all(end <= begin for (_, end), (begin, _) in pairwise(servers)), servers
    assert min(begin for begin, _ in agents) >= servers[-1][1]
    assert most_at_once(agents) == AT_ONCE
