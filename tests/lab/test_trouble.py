"""What is wrong on hosts, as `status` asks them."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab import trouble
from lab.engine import Workspace
from lab.hosts import HostError, HostState
from lab.lab import Lab
from lab.trouble import Trouble, troubles
from tests.look.files import BASE

FILE = "/etc/rancher/k3s/config.yaml.d/mine.yaml"


def asked(monkeypatch: pytest.MonkeyPatch, folder: Path, facts: dict[str, Any] | None) -> Trouble:
    """Of a host with one mark that differs. Without facts it does not answer."""

    def answer(_lab: Lab, host: str, _command: list[str], *, stdin: str, **_: object) -> str:
        if facts is None:
            raise HostError(f"host {host}: is off")
        marks = {"k3s-node-oracle-1": {"run": "1", "differs": ["k3s.service is stopped"]}}
        return json.dumps(facts if "def additions" in stdin else marks)

    host = HostState("oracle-1", "10.0.0.2", "198.51.100.2", running=True, pid=1, since=None)
    monkeypatch.setattr(trouble, "list_hosts", lambda _lab: [host])
    monkeypatch.setattr(trouble, "run_in_host", answer)
    return troubles(Workspace(Lab("test", folder)))["oracle-1"]


def test_what_differs_and_what_no_step_wrote(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    facts = {**BASE, "additions": [FILE], "asked": None}
    found = asked(monkeypatch, tmp_path, facts)
    assert (found.words, found.additions) == (("k3s.service is stopped",), (FILE,))


def test_a_host_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert asked(monkeypatch, tmp_path, None) == Trouble(("host oracle-1: is off",))
