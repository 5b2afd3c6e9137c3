"""Which plugins the engine finds: stand-ins for the clouds always, for the rest where nothing is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from lab.engine.plugins import install_plugins
from lab.engine.workspace import Workspace
from lab.lab import Lab


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose user has no plugin."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    workspace = Workspace(Lab("test", tmp_path / "lab"))
    for folder in (workspace.executables, workspace.home):
        folder.mkdir(parents=True)
    return workspace


def install(workspace: Workspace, home: Path) -> set[str]:
    """Names of the executables."""
    install_plugins(workspace, Path("/opt/pulumi"), Path(sys.executable), home)
    return {path.name for path in workspace.executables.iterdir()}


def test_without_published_plugins_everything_is_a_stand_in(workspace: Workspace, tmp_path: Path) -> None:
    assert install(workspace, tmp_path / "none") == {
        "pulumi",
        "pulumi-analyzer-policy-python",
        *(f"pulumi-resource-{name}" for name in ("azure-native", "cloudflare", "oci", "tailscale")),
        *(f"pulumi-resource-{name}" for name in ("command", "kubernetes", "random", "tls")),
    }


def test_a_published_plugin_is_used_but_for_the_clouds(workspace: Workspace, tmp_path: Path) -> None:
    for name in ("command-v1.2.1", "oci-v3.0.0", "tls-v5.0.0.lock"):
        (tmp_path / "plugins" / f"resource-{name}").mkdir(parents=True)
    found = install(workspace, tmp_path)
    assert "pulumi-resource-command" not in found
    assert "pulumi-resource-oci" in found, "the published plugin would go to the real cloud"
    assert (workspace.home / "plugins").resolve() == tmp_path / "plugins"


def test_a_plugin_on_the_path_is_used(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = tmp_path / "bin" / "pulumi-resource-random"
    plugin.parent.mkdir()
    plugin.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(plugin.parent))
    assert "pulumi-resource-random" not in install(workspace, tmp_path / "none")


def test_a_stand_in_goes_when_a_plugin_was_installed(workspace: Workspace, tmp_path: Path) -> None:
    install(workspace, tmp_path)
    (tmp_path / "plugins" / "resource-tls-v5.0.0").mkdir(parents=True)
    assert "pulumi-resource-tls" not in install(workspace, tmp_path)


def test_a_stand_in_starts_its_module_wherever_it_is_started(workspace: Workspace, tmp_path: Path) -> None:
    install(workspace, tmp_path)
    script = (workspace.executables / "pulumi-resource-oci").read_text().replace("-m lab.providers.oci", "-c")
    probe = tmp_path / "probe"
    probe.write_text(script)
    probe.chmod(0o755)
    said = subprocess.run(
        [str(probe), "import lab.lab; print('found')"], cwd="/", capture_output=True, text=True, check=True, env={}
    )
    assert said.stdout == "found\n"
