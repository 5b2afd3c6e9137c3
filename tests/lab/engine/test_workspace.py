"""The engine's folder: the user's files stay as they are, the lab's values are in the copy."""

import stat
from pathlib import Path

import pytest
import yaml

from lab.engine.workspace import Workspace, engine_environment, prepare
from lab.lab import Lab

STACK = """config:
  oci:region: here
  tailnet-k3s:hosts: {oracle-1: {roles: [server]}}
  k3s: {disable: [traefik]}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A lab's workspace, and a project beside it."""
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: tailnet-k3s\nruntime: python\n")
    (program / "Pulumi.lab.yaml").write_text(STACK)
    lab = Lab("test", tmp_path / "lab")
    lab.logs.mkdir(parents=True)
    return Workspace(lab, "lab", program)


def settings_of(workspace: Workspace) -> dict[str, object]:
    """What the engine reads."""
    document: dict[str, object] = yaml.safe_load(workspace.settings.read_text())
    return document


def test_the_lab_s_values_are_merged_into_a_copy(workspace: Workspace) -> None:
    prepare(workspace, workspace.program / "Pulumi.lab.yaml", {"k3s": {"registries": {"docker.io": ["http://r"]}}})
    assert settings_of(workspace)["config"] == {
        "oci:region": "here",
        "tailnet-k3s:hosts": {"oracle-1": {"roles": ["server"]}},
        "tailnet-k3s:k3s": {"disable": ["traefik"], "registries": {"docker.io": ["http://r"]}},
    }
    assert (workspace.program / "Pulumi.lab.yaml").read_text() == STACK
    assert workspace.hosts() == ["oracle-1"]


def test_the_engine_reads_a_text_as_a_text(workspace: Workspace, tmp_path: Path) -> None:
    """Go's YAML takes a bare 1e3 for a number: a label of that value was refused as "not text"."""
    given = tmp_path / "Pulumi.words.yaml"
    given.write_text('config: { words: ["1e3", "007", "y", "null"] }\n')
    prepare(workspace, given, {})
    written = workspace.settings.read_text()
    assert [word for word in ("1e3", "007", "y", "null") if f'"{word}"' not in written] == []


def test_what_the_engine_added_stays(workspace: Workspace) -> None:
    prepare(workspace, workspace.program / "Pulumi.lab.yaml", {})
    workspace.settings.write_text(workspace.settings.read_text() + "encryptionsalt: v1:salt\n")
    prepare(workspace, workspace.program / "Pulumi.lab.yaml", {"downloads": {"mirror": "http://m"}})
    assert settings_of(workspace)["encryptionsalt"] == "v1:salt"


def test_the_passphrase_is_made_once_for_its_owner(workspace: Workspace) -> None:
    prepare(workspace, workspace.program / "Pulumi.lab.yaml", {})
    before = workspace.passphrase.read_text()
    prepare(workspace, workspace.program / "Pulumi.lab.yaml", {})
    assert workspace.passphrase.read_text() == before
    assert len(before) > 30
    assert stat.S_IMODE(workspace.passphrase.stat().st_mode) == 0o600


def test_nothing_of_the_user_s_environment_reaches_the_engine(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSH_AUTH_SOCK", "HTTPS_PROXY", "AWS_SECRET_ACCESS_KEY", "PULUMI_ACCESS_TOKEN", "OCI_CLI_USER"):
        monkeypatch.setenv(name, "theirs")
    environment = engine_environment(workspace, {"TAILSCALE_API_KEY": "ours"})
    assert "theirs" not in environment.values()
    assert environment["PATH"].startswith(f"{workspace.executables}:")
    assert environment["PULUMI_BACKEND_URL"] == f"file://{workspace.backend}?metadata=skip"
    assert environment["TAILSCALE_API_KEY"] == "ours"


def test_hosts_that_are_no_map_are_left_to_the_program(workspace: Workspace) -> None:
    (workspace.program / "Pulumi.lab.yaml").write_text("config: {tailnet-k3s:hosts: [a]}\n")
    prepare(workspace, workspace.program / "Pulumi.lab.yaml", {})
    assert workspace.hosts() == []
