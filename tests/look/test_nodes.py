"""What the API says of nodes, and what a server's silence means."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.look.api import with_api
from components.look.facts import Facts
from components.look.gather import nodes
from components.look.reasons import Mark
from tests.look.files import BASE
from tests.look.root import root_in

NODE: dict[str, Any] = {
    "metadata": {"name": "oracle-1", "annotations": {"tailnet-k3s/taints": "old:NoExecute "}},
    "spec": {"unschedulable": True, "taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]},
    "status": {
        "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": "True"}],
        "nodeInfo": {"machineID": "aaaa"},
    },
}
NEW: dict[str, Any] = {"metadata": {"name": "home-1"}, "spec": {}, "status": {}}


def test_nodes_as_the_api_tells_them() -> None:
    first, second = nodes.parse_nodes(json.dumps({"items": [NODE, NEW]}))
    assert first == {
        "name": "oracle-1",
        "ready": True,
        "machine_id": "aaaa",
        "cordoned": True,
        "taints": ["gpu=yes:NoSchedule"],
        "own_taints": ["old:NoExecute"],
    }
    assert (second["ready"], second["machine_id"], second["taints"]) == (False, None, [])


def test_an_agent_asks_no_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root_in(tmp_path, monkeypatch).write(**{"/var/lib/rancher/k3s/agent/": ""})
    assert nodes.nodes() is None


def facts(**unread: str) -> Facts:
    return Facts.model_validate_json(json.dumps({**BASE, "unread": unread}))


@pytest.mark.parametrize(
    ("differs", "expected"),
    [
        ((), ("the API of this server does not answer: timed out",)),
        (("k3s.service is stopped",), ("k3s.service is stopped",)),
    ],
)
def test_a_server_whose_api_is_dead_differs(differs: tuple[str, ...], expected: tuple[str, ...]) -> None:
    """Where nobody else can tell that its node is lost, this alone shows it."""
    marks = {"k3s-node-oracle-1": Mark(run="1", differs=differs), "k3s-node-oracle-2": Mark(run="1", differs=())}
    found = with_api("oracle-1", marks, facts(nodes="timed out"))
    assert found["k3s-node-oracle-1"].differs == expected
    assert found["k3s-node-oracle-2"].differs == ()
    assert with_api("oracle-1", marks, facts()) == marks
    assert with_api("home-1", marks, facts(nodes="timed out")) == marks
