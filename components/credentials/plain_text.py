"""Finds secrets that are plain text in the stack's file."""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pulumi
import yaml
from pydantic import SecretStr

from components.clouds import registry
from components.edge.credentials import CLOUDFLARE
from components.overlay.registry import KIND
from components.sdk import secret_keys
from components.settings.errors import Finding, path
from components.settings.shape import alternatives, inside

Steps = tuple[str | int, ...]


def provider_secrets() -> dict[str, tuple[str, ...]]:
    """Secret settings of all providers, by provider."""
    clouds = [cloud.credentials for cloud in registry.CLOUDS if cloud.credentials]
    return {each.provider: each.secrets for each in (CLOUDFLARE, KIND.credentials, *clouds)}


@dataclass(frozen=True)
class StackConfig:
    """The stack's configuration before decryption."""

    secret_keys: frozenset[str]
    """Full keys that the engine marks as secret. It marks a whole map if one value in it is encrypted."""
    document: Mapping[str, Any]
    """`config` of the stack's file; empty without a file. Only it shows which values of a map are plain text."""
    project: str

    @classmethod
    def load(cls) -> Self:
        """Reads the configuration of the running stack."""
        file = Path(pulumi.get_root_directory() or ".") / f"Pulumi.{pulumi.get_stack()}.yaml"
        document = (yaml.safe_load(file.read_text()) if file.is_file() else None) or {}
        return cls(secret_keys(), document.get("config") or {}, pulumi.get_project())

    def is_plain(self, namespace: str, name: str, *steps: str | int) -> bool:
        """Whether an existing value is not encrypted."""
        if f"{namespace}:{name}" not in self.secret_keys:
            return True
        bare = self.document.get(name) if namespace == self.project else None
        return _is_plain(self.document.get(f"{namespace}:{name}", bare), steps)


def plain_secrets(values: Mapping[str, Any], kinds: Mapping[str, Any], config: StackConfig) -> Iterator[Finding]:
    """A finding for each secret that is not encrypted, with the command that encrypts it.

    `values`: the program's settings by name, and providers' settings by full key. `kinds`: types of the program's
    settings.
    """
    secrets = provider_secrets()
    for name, value in values.items():
        namespace, _, setting = name.rpartition(":")
        if setting in secrets.get(namespace, ()) and config.is_plain(namespace, setting):
            yield _finding(name, name)
        for steps in dict.fromkeys(_secrets_in(kinds[name], value)) if name in kinds else ():
            if config.is_plain(config.project, name, *steps):
                key = path(name, *steps)
                yield _finding(key, f"--path {shlex.quote(key)}")


def _finding(key: str, argument: str) -> Finding:
    return Finding(
        key,
        f"is plain text in the stack's file. Encrypt it: `pulumi config set --secret {argument}`. "
        "If others have seen the file, get a new secret first.",
    )


def _secrets_in(kind: Any, value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """Paths of all secrets in a value of a type."""
    kinds = tuple(alternatives(kind))
    if SecretStr in kinds:
        yield steps
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        for one in kinds:
            for inner_kind in inside(one, step):
                yield from _secrets_in(inner_kind, inner, (*steps, step))


def _is_plain(value: Any, steps: Steps) -> bool:
    """Whether the value at a path exists in the file, and neither it nor a map around it is encrypted."""
    if value is None or (isinstance(value, dict) and set(value) == {"secure"}):
        return False
    if not steps:
        return True
    step, *rest = steps
    items = value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, list) else {}
    return _is_plain(items.get(step), tuple(rest))
