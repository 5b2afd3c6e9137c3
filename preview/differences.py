"""The differences between two states of a resource, as lines. Secrets are named, but never shown."""

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

SECRET_MARK = "4dabf18193072939515e22adb298388d"  # noqa: S105 -- the key by which Pulumi marks values, not a secret
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Pulumi's placeholder for a value that is known only after the change."""
LONGEST_VALUE = 80
MOST_LINES = 12
"""Maximum number of lines of one changed text (a script, a document)."""


def differences(paths: Iterable[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """A few lines for each changed property path: `shape: "small" → "large"`."""
    lines: list[str] = []
    alike: dict[str, list[str]] = {}  # older states have a step's script twice: to create and to update
    for path in sorted(paths):
        alike.setdefault(json.dumps([_find(old, path), _find(new, path)], sort_keys=True), []).append(path)
    for same in alike.values():
        path = ", ".join(same)
        before, after = _find(old, same[0]), _find(new, same[0])
        if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
            lines += [f"{path}:", *_changed_lines(before, after)]
        elif before == after:
            lines.append(path)
        else:
            lines.append(f"{path}: {_shown(before)} → {_shown(after)}")
    return tuple(lines)


def _changed_lines(before: str, after: str) -> list[str]:
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    changed = [line for line in compared if not line.startswith(("---", "+++", "@@"))]
    more = len(changed) - MOST_LINES
    lines = [f"  {line[0]} {line[1:].strip()}"[: 2 * LONGEST_VALUE] for line in changed[:MOST_LINES]]
    return [*lines, f"  … and {more} lines more"] if more > 0 else lines


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if _is_secret(value):
        return "[secret]"
    if value == UNKNOWN:
        return "known later"
    text = json.dumps(_without_secrets(value), ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _without_secrets(value: Any) -> Any:
    if _is_secret(value):
        return "[secret]"
    if isinstance(value, dict):
        return {key: _without_secrets(item) for key, item in value.items()}
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and SECRET_MARK in value


def _find(tree: Any, path: str) -> Any:
    """The value at `a.b[0]["c.d"]`; None if it does not exist. A secret on the path hides the value."""
    for step in steps(path):
        if _is_secret(tree):
            return tree
        if isinstance(tree, dict) and isinstance(step, str):
            tree = tree.get(step)
        elif isinstance(tree, list) and isinstance(step, int) and step < len(tree):
            tree = tree[step]
        else:
            return None
    return tree


def steps(path: str) -> list[str | int]:
    """The keys and indexes of a property path."""
    found: list[str | int] = []
    rest = path
    while rest:
        if rest.startswith('["'):
            key, _, rest = rest[2:].partition('"]')
            found.append(key)
        elif rest.startswith("["):
            index, _, rest = rest[1:].partition("]")
            found.append(int(index) if index.isdigit() else index)
        else:
            rest = rest.removeprefix(".")
            end = min((at for at in (rest.find("."), rest.find("[")) if at >= 0), default=len(rest))
            found.append(rest[:end])
            rest = rest[end:]
    return found
