"""Reads a stack's state: outputs, resources and secrets."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab.engine.workspace import Workspace, engine_environment
from lab.files import replace
from lab.lab import Lab
from preview.differences import SECRET_MARK

SECONDS = 60


class StateError(Exception):
    """The state can't be read. The message is one line with the cause and what to do."""


@dataclass(frozen=True)
class Recorded:
    """A resource in the state."""

    urn: str
    id: str
    type: str
    name: str
    parent: str
    custom: bool
    protect: bool
    """Whether `destroy` keeps it."""
    inputs: Mapping[str, Any]
    needs: frozenset[str]
    """URNs that it depends on."""


def outputs(workspace: Workspace) -> dict[str, Any]:
    """The stack's outputs, with plain secrets. Empty before the end of the first `up`. Raises StateError.

    They are cached beside the state until it changes, because the engine needs a second. Only the owner can read them.
    """
    if not workspace.checkpoint.exists():
        return {}
    cache = workspace.folder / "outputs.json"
    if cache.exists():
        kept = json.loads(cache.read_text())
        if kept["version"] == _version(workspace):
            return dict(kept["outputs"])
    found: dict[str, Any] = json.loads(pulumi(workspace, "stack", "output", "--json", "--show-secrets"))
    keep_outputs(workspace, found)
    return found


def keep_outputs(workspace: Workspace, found: Mapping[str, Any]) -> None:
    """Caches the outputs of the present state."""
    replace(workspace.folder / "outputs.json", json.dumps({"version": _version(workspace), "outputs": found}))


def _version(workspace: Workspace) -> list[int]:
    stat = workspace.checkpoint.stat()
    return [stat.st_mtime_ns, stat.st_size]


def secret_values(lab: Lab) -> dict[str, str]:
    """Every text in the state of the lab's stack that is a secret, by where it stands (`RESOURCE PROPERTY`)."""
    workspace = Workspace(lab)
    exported = json.loads(pulumi(workspace, "stack", "export", "--show-secrets"))
    found: dict[str, str] = {}
    for resource in exported["deployment"].get("resources") or []:
        for part in ("inputs", "outputs"):
            for path, value in _secrets(resource.get(part), part):
                found.setdefault(f"{_recorded(resource).name} {path}", value)
    return found


def resources(workspace: Workspace) -> list[Recorded]:
    """The state's resources, read without the engine, so without secrets. Empty without a state."""
    return [_recorded(resource) for resource in _checkpoint(workspace).get("resources") or []]


def pending(workspace: Workspace) -> list[tuple[str, str]]:
    """Pending operations of a killed engine: kind and URN."""
    operations = _checkpoint(workspace).get("pending_operations") or []
    return [(operation["type"], operation["resource"]["urn"]) for operation in operations]


def pulumi(workspace: Workspace, *arguments: str, stdin: str | None = None) -> str:
    """The output of a command of the engine. Raises StateError."""
    result = subprocess.run(
        [str(workspace.executables / "pulumi"), "--non-interactive", *arguments, "--stack", workspace.stack],
        cwd=workspace.project,
        env=engine_environment(workspace, {}),
        input=stdin or "",
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if result.returncode != 0:
        said = result.stderr.strip().splitlines() or ["without a word"]
        raise StateError(f"pulumi {' '.join(arguments[:2])} failed: {said[-1]}")
    return result.stdout


def _checkpoint(workspace: Workspace) -> dict[str, Any]:
    try:
        return json.loads(workspace.checkpoint.read_text())["checkpoint"].get("latest") or {}
    except FileNotFoundError:
        return {}


def _recorded(resource: Mapping[str, Any]) -> Recorded:
    needs = {*resource.get("dependencies", ()), resource.get("parent", "")}
    needs |= {urn for urns in resource.get("propertyDependencies", {}).values() for urn in urns}
    return Recorded(
        urn=resource["urn"],
        id=resource.get("id", ""),
        type=resource["type"],
        name=resource["urn"].rsplit("::", 1)[-1],
        parent=resource.get("parent", ""),
        custom=bool(resource.get("custom")),
        protect=bool(resource.get("protect")),
        inputs=resource.get("inputs", {}),
        needs=frozenset(needs - {""}),
    )


def _secrets(value: Any, path: str, *, secret: bool = False) -> Iterator[tuple[str, str]]:
    """Texts of a plain export that are, or are part of, a value with the mark; such a value is JSON within a text."""
    if isinstance(value, dict) and SECRET_MARK in value:
        yield from _secrets(json.loads(value["plaintext"]), path, secret=True)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _secrets(item, f"{path}.{key}", secret=secret)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secrets(item, f"{path}[{index}]", secret=secret)
    elif secret and isinstance(value, str) and value:
        yield path, value
