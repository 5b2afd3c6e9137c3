"""The folder that is first on the engine's PATH: the engine, the stand-ins, and the policy pack's runner."""

import os
import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from lab.engine.workspace import Workspace
from lab.files import replace
from lab.lab import REPOSITORY

CLOUDS = ("azure-native", "cloudflare", "oci", "tailscale")
"""Always stand-ins: the published plugins would use the real clouds."""
REPLACEABLE = ("command", "kubernetes", "random", "tls")
"""Stand-ins only if no published plugin is installed."""
POLICY_RUNNER = "pulumi-analyzer-policy-python"
POLICY_RUNNER_SCRIPT = Path(__file__).parent / "policy_runner.sh"


def install_plugins(workspace: Workspace, pulumi: Path, python: Path, user_home: Path | None = None) -> dict[str, bool]:
    """Fills the folder of executables, and makes the user's installed plugins available to the engine.

    `user_home` is the user's PULUMI_HOME. Returns for each of REPLACEABLE whether a published plugin is used.
    """
    home = user_home or Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    published = {name: _installed(name, home / "plugins") for name in REPLACEABLE}
    wanted = {f"pulumi-resource-{name}": _stand_in(python, name) for name in CLOUDS}
    wanted |= {f"pulumi-resource-{name}": _stand_in(python, name) for name, found in published.items() if not found}
    wanted[POLICY_RUNNER] = POLICY_RUNNER_SCRIPT.read_text()
    _write(workspace.executables, wanted)
    _link(workspace.executables / "pulumi", pulumi)
    _link(workspace.home / "plugins", home / "plugins")
    return published


def _installed(name: str, plugins: Path) -> bool:
    """Whether a published plugin of this name is installed, in any version."""
    versions = plugins.glob(f"resource-{name}-v*") if plugins.is_dir() else ()
    found = any(re.fullmatch(rf"resource-{name}-v\d[\w.+-]*", path.name) and path.is_dir() for path in versions)
    return found or shutil.which(f"pulumi-resource-{name}") is not None


def _stand_in(python: Path, name: str) -> str:
    return _script(python, f"lab.providers.{name.replace('-', '_')}")


def _script(python: Path, module: str) -> str:
    """Writes a plugin's launcher. It sets PYTHONPATH, because the engine chooses the working folder of plugins."""
    path = shlex.quote(str(REPOSITORY))
    return f'#!/bin/sh\nPYTHONPATH={path} exec {shlex.quote(str(python))} -u -m {module} "$@"\n'


def _write(folder: Path, scripts: Mapping[str, str]) -> None:
    for file in folder.glob("pulumi-*"):
        if file.name not in scripts:
            file.unlink()
    for name, text in scripts.items():
        replace(folder / name, text, mode=0o755)


def _link(link: Path, target: Path) -> None:
    if not link.is_symlink() or link.readlink() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target)
