"""Every change, with what differs: names of scripts' values, never a script, never a secret."""

import difflib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from preview.differences import differences
from preview.events import Change, Preview
from preview.machines import labelled
from preview.steps import changed_values, is_step

MARKS = {"create": "+", "update": "~", "replace": "±", "delete": "-"}
MOST_LINES, LONGEST, AROUND = 8, 100, 30
COMMANDS = ("create", "update", "delete", "stdin")
PROGRAM = "_PROGRAM"
"""End of the names of values that are programs."""
SECRET_TYPES = ("kubernetes:core/v1:Secret",)
TEXTS = ("userData", "user_data", "customData")
"""Inputs that hold scripts, in whole or in part."""


@dataclass(frozen=True)
class Detail:
    """One change: its subject, one line, and further lines that can be left out."""

    subject: str
    line: str
    more: tuple[str, ...] = ()


def details(preview: Preview) -> list[Detail]:
    """All changes of resources that exist outside of the state, by their subjects."""
    found = [_detail(preview, change) for change in preview.changes if change.custom]
    return sorted(found, key=lambda one: one.subject)


def _detail(preview: Preview, change: Change) -> Detail:
    named = labelled(preview, change)
    more = tuple(_more(change)) if change.operation in ("update", "replace") else ()
    return Detail(named.subject, f"{MARKS[change.operation]} {named.what}", more)


def _more(change: Change) -> Iterator[str]:
    if is_step(change):
        yield from _values(change)
        others = {path.split(".")[0].split("[")[0] for path in change.paths} - {*COMMANDS}
        if "stdin" in change.paths:
            yield "a secret"
        yield from sorted(others)
    elif change.urn.type in SECRET_TYPES:
        yield from sorted({path.split(".")[0] for path in change.paths})
    else:
        paths = [path for path in change.paths if not any(text in path for text in TEXTS)]
        yield from differences(paths, _short(change.old), _short(change.new))
        if len(paths) < len(change.paths):
            yield "user data"


def _values(change: Change) -> Iterator[str]:
    if not isinstance(change.new.get("create"), str):
        return
    for name, before, after in changed_values(change):
        if name.endswith(PROGRAM):
            yield f"{name}: another program"
        elif "\n" in before + after:
            yield f"{name}:"
            yield from _changed_lines(before, after)
        else:
            old, new = _focused(before, after)
            yield f"{name}: {old or 'nothing'} → {new or 'nothing'}"


def _changed_lines(before: str, after: str) -> Iterator[str]:
    old, new = before.splitlines(), after.splitlines()
    lines: list[str] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "replace" and j - i == m - k:
            pairs = [_focused(*pair) for pair in zip(old[i:j], new[k:m], strict=True)]
            lines += [line for one, other in pairs for line in (f"  - {one}", f"  + {other}")]
        elif kind != "equal":
            lines += [
                f"  {sign} {line.strip()[:LONGEST]}"
                for sign, part in (("-", old[i:j]), ("+", new[k:m]))
                for line in part
            ]
    yield from lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        yield f"  … and {len(lines) - MOST_LINES} lines more"


def _focused(before: str, after: str) -> tuple[str, str]:
    """Both without what they begin with alike, where they are long, so that the difference shows."""
    before, after = before.strip(), after.strip()
    if max(len(before), len(after)) <= LONGEST:
        return before, after
    alike = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    cut = max(0, alike - AROUND)
    return tuple(f"{'…' if cut else ''}{text[cut : cut + LONGEST]}" for text in (before, after))  # type: ignore[return-value]


def _short(value: Any) -> Any:
    """The same, with texts of several lines by their length only: they may be scripts."""
    if isinstance(value, str) and "\n" in value:
        return f"a text of {len(value.splitlines())} lines ({hash_of(value)})"
    if isinstance(value, Mapping):
        return {key: _short(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_short(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def hash_of(text: str) -> str:
    """A short mark by which two texts can be told apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
