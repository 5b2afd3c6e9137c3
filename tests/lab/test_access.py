"""Ways into a lab: the program's own key, pinned host keys, no secret on a command line."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from lab import access
from lab.access import NotUpError, kubectl, secret_file, ssh, visit
from lab.engine import Workspace
from lab.internet.visitor import Visitor
from lab.lab import Lab
from lab.progress import Silence

OUTPUTS = {
    "nodes": {"oracle-1": "100.64.0.2", "oracle-2": "100.64.0.3"},
    "ssh": {
        "user": "operator",
        "private_key": "-----BEGIN KEY-----\nhunter2\n-----END KEY-----",
        "host_keys": {"oracle-1": "ssh-ed25519 AAAA1", "oracle-2": "ssh-ed25519 AAAA2"},
    },
    "kubeconfig": "apiVersion: v1",
}


class Executed(Exception):  # noqa: N818 -- it names what happened
    """Instead of another program in this process' place."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.command = command
        self.environment = environment


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A lab that is up."""

    def execute(_file: str, command: list[str], environment: dict[str, str]) -> None:
        raise Executed(command, environment)

    monkeypatch.setattr(os, "execvpe", execute)
    monkeypatch.setattr(access, "outputs", lambda _workspace: OUTPUTS)
    workspace = Workspace(Lab("test", tmp_path))
    workspace.folder.mkdir()
    return workspace


def executed(call: Any, *arguments: Any) -> Executed:
    with pytest.raises(Executed) as caught:
        call(*arguments)
    return caught.value


def test_ssh_pins_the_host_key_and_uses_the_program_s_own_key(workspace: Workspace) -> None:
    command = executed(ssh, workspace, "oracle-2", ["uptime"]).command
    assert command[:2] == ["nsenter", f"--net=/run/netns/{workspace.lab.namespace('operator')}"]
    assert command[-2:] == ["operator@100.64.0.3", "uptime"]
    options = dict(word.split("=", 1) for word in command if "=" in word and not word.startswith("--"))
    assert options["StrictHostKeyChecking"] == "yes"
    assert options["IdentityAgent"] == "none"
    key = Path(options["IdentityFile"])
    assert key.read_text().endswith("END KEY-----\n")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "100.64.0.3 ssh-ed25519 AAAA2\n" in Path(options["UserKnownHostsFile"]).read_text()
    assert "hunter2" not in " ".join(command)


def test_several_words_arrive_as_they_are_and_one_is_a_line_for_the_shell(workspace: Workspace) -> None:
    several = executed(ssh, workspace, "oracle-1", ["sudo", "bash", "-c", "echo $HOME; id"]).command
    assert several[-1] == "sudo bash -c 'echo $HOME; id'"
    assert executed(ssh, workspace, "oracle-1", ["echo $HOME; id"]).command[-1] == "echo $HOME; id"
    assert executed(ssh, workspace, "oracle-1", []).command[-1] == "operator@100.64.0.2"


def test_an_unknown_host_is_told_with_those_that_there_are(workspace: Workspace) -> None:
    with pytest.raises(NotUpError, match="host oracle-9: stack lab has none of that name, but oracle-1, oracle-2"):
        ssh(workspace, "oracle-9", [])


def test_kubectl_has_the_kubeconfig_by_file_and_no_proxy(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    monkeypatch.setattr(access, "build_programs", lambda names, _report: {name: Path("/bin/true") for name in names})
    called = executed(kubectl, workspace, ["get", "nodes"], Silence())
    assert called.command[-2:] == ["get", "nodes"]
    assert Path(called.command[-3]).name == "kubectl"
    assert Path(called.environment["KUBECONFIG"]).read_text() == "apiVersion: v1"
    assert called.environment["KUBECACHEDIR"].startswith(str(workspace.lab.root))
    assert "HTTPS_PROXY" not in called.environment


def test_a_lab_that_is_not_up_says_so_and_builds_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "outputs", lambda _workspace: {})
    monkeypatch.setattr(access, "build_programs", lambda *_: pytest.fail("builds a kubectl"))
    with pytest.raises(NotUpError, match="run bin/lab up"):
        ssh(workspace, "oracle-1", [])
    with pytest.raises(NotUpError, match="run bin/lab up"):
        kubectl(workspace, [], Silence())


def test_a_visit_is_a_curl_in_the_visitor_s_place(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Visitor, "command", lambda _visitor, words: ["in-its-place", *words])
    called = executed(visit, workspace.lab, "https://www.shop.example/", ["-I"])
    assert called.command[:2] == ["in-its-place", "curl"]
    assert called.command[-2:] == ["-I", "https://www.shop.example/"]
    assert called.environment["CURL_CA_BUNDLE"].startswith(str(workspace.lab.root))


def test_a_visit_without_curl_says_so(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(workspace.folder))
    with pytest.raises(NotUpError, match="curl is not on PATH"):
        visit(workspace.lab, "https://www.shop.example/", [])


def test_a_secret_file_is_never_readable_for_others_on_its_way(workspace: Workspace) -> None:
    old = os.umask(0)
    try:
        file = secret_file(workspace, "key", "hunter2")
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
