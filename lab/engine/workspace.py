"""The engine's folder in a lab: state, passphrase, and the stack's settings with the lab's values."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.engine.cipher import Cipher
from lab.engine.stack_file import ENCRYPTION, encrypted, full_keys, has_secrets, merged, own_config
from lab.files import replace
from lab.lab import REPOSITORY, Lab, lab_environment

DEFAULT_STACK = "lab"


@dataclass(frozen=True)
class Workspace:
    """The folder of one stack of a lab. The lab writes nothing beside the program itself."""

    lab: Lab
    stack: str = DEFAULT_STACK
    program: Path = REPOSITORY
    """Folder with Pulumi.yaml, __main__.py and, if there is one, policies/."""

    @property
    def folder(self) -> Path:
        """Folder of the engine."""
        return self.lab.root / "engine"

    @property
    def project(self) -> Path:
        """Folder with copies of Pulumi.yaml and of the stack's settings. The engine changes them."""
        return self.folder / "project"

    @property
    def settings(self) -> Path:
        """The stack's settings as the engine reads them."""
        return self.project / f"Pulumi.{self.stack}.yaml"

    @property
    def backend(self) -> Path:
        """Folder of the file backend."""
        return self.folder / "state"

    @property
    def executables(self) -> Path:
        """Folder that comes first on the engine's PATH."""
        return self.folder / "bin"

    @property
    def home(self) -> Path:
        """The engine's PULUMI_HOME."""
        return self.folder / "home"

    @property
    def passphrase(self) -> Path:
        """File with the passphrase for secrets in the state."""
        return self.folder / "passphrase"

    @property
    def session(self) -> Path:
        """File with the session id of the last engine."""
        return self.folder / "session"

    @property
    def comment(self) -> Path:
        """File with the last preview in Markdown."""
        return self.folder / "preview.md"

    @property
    def log(self) -> Path:
        """The engine's full log."""
        return self.lab.logs / "engine.log"

    @property
    def project_name(self) -> str:
        """The project's name in Pulumi.yaml."""
        return str(yaml.safe_load((self.program / "Pulumi.yaml").read_text())["name"])

    @property
    def checkpoint(self) -> Path:
        """The file with the stack's state. It does not exist before the first `up`."""
        return self.backend / ".pulumi" / "stacks" / self.project_name / f"{self.stack}.json"

    @property
    def locks(self) -> Path:
        """Folder with the backend's locks on the stack."""
        return self.backend / ".pulumi" / "locks" / "organization" / self.project_name / self.stack

    def hosts(self) -> list[str]:
        """Names of the hosts in the stack's settings."""
        return list(hosts_of(self.settings, self.project_name))


def stack_of(lab: Lab, program: Path = REPOSITORY) -> str | None:
    """The stack whose state the lab has; None before the first `up`. A lab has one stack only: see lab/up.py."""
    states = Workspace(lab, program=program).checkpoint.parent.glob("*.json")
    return min((file.stem for file in states), default=None)


def hosts_of(settings: Path, project: str) -> dict[str, Any]:
    """The hosts in a stack's file by name. Empty if they are not a map: the program itself reports that."""
    config = (yaml.safe_load(settings.read_text()) or {}).get("config") or {}
    hosts = config.get(f"{project}:hosts") or config.get("hosts") or {}
    return hosts if isinstance(hosts, dict) else {}


def prepare(workspace: Workspace, settings: Path, values: Mapping[str, Any]) -> None:
    """Updates the folder: `settings` (a stack's file) with `values` merged into it.

    Encrypts each Secret among the values. The lab replaces encrypted values of the file: see hidden. Keeps what the
    engine added to its copy (the encryption salt). Raises FileNotFoundError if the settings do not exist.
    """
    given = yaml.safe_load(settings.read_text()) or {}
    for folder in (workspace.project, workspace.backend, workspace.home, workspace.executables):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _ensure_passphrase(workspace.passphrase)
    replace(workspace.project / "Pulumi.yaml", (workspace.program / "Pulumi.yaml").read_text())
    kept = (yaml.safe_load(workspace.settings.read_text()) if workspace.settings.exists() else None) or {}
    config = merged(own_config(given, workspace.project_name), full_keys(values, workspace.project_name))
    wanted = {key: value for key, value in given.items() if key not in ENCRYPTION} | {"config": config}
    salt = kept.get("encryptionsalt")
    if has_secrets(config):
        cipher = Cipher(workspace.passphrase.read_text(), salt)
        wanted["config"] = encrypted(config, kept.get("config"), cipher)
        salt = cipher.encryption_salt
    if salt is not None:
        wanted["encryptionsalt"] = salt
    replace(workspace.settings, yaml.dump(wanted, Dumper=_Quoted, sort_keys=False, allow_unicode=True))


class _Quoted(yaml.SafeDumper):
    """Writes every text in quotes: without them, the engine reads 1e3 as a number."""


_Quoted.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def engine_environment(workspace: Workspace, extra: Mapping[str, str]) -> dict[str, str]:
    """The engine's whole environment, without the caller's variables (SSH agent, proxies, credentials of real
    clouds)."""
    path = os.pathsep.join([str(workspace.executables), os.environ.get("PATH", os.defpath)])
    return {
        "PATH": path,
        "HOME": os.environ.get("HOME", "/root"),
        "LANG": "C.UTF-8",
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", ""),
        "PULUMI_HOME": str(workspace.home),
        # No metadata files: the backend writes them in two steps, and a kill in between would break the state.
        "PULUMI_BACKEND_URL": f"{workspace.backend.as_uri()}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(workspace.passphrase),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        **lab_environment(workspace.lab),
        **extra,
    }


def _ensure_passphrase(file: Path) -> None:
    if not file.exists():
        replace(file, secrets.token_urlsafe(32))
