"""What steps do to their hosts, in the words of their own scripts.

The header of a script has lines for what a reader must know before the step runs:

    # Effect of the first run: joins the cluster as $ROLE
    # Effect of CONFIG VERSION: k3s restarts, 10 to 30 s; pods keep running
    # Effect of removal: …                              (of a cleanup step)

The names are the step's values; SECRETS stands for all of its secrets. A line counts if one of them has changed.
"""

import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from string import Template

from components.rendering import FOLDER, RERUN_REASON
from policies.steps import values_of
from preview.differences import UNKNOWN
from preview.events import Change
from preview.names import STEP, owner

EFFECT = re.compile(r"^'?# Effect of (?P<when>[^:]+): (?P<what>.+?)(?:' \\)?$", re.MULTILINE)
"""In a step without verbs, each line of the script is still a word in quotes."""
FIRST_RUN, REMOVAL, SECRETS = "the first run", "removal", "SECRETS"
SHORT = 40
"""Characters of a value that a sentence shows."""
OWN = {RERUN_REASON, SECRETS, "UNDOES"}
"""Values that concern the step itself, not its host."""


@dataclass(frozen=True)
class StepChange:
    """A step that runs, and what it does to a host."""

    host: str
    """Empty: nothing names it."""
    effects: tuple[str, ...]
    """Sentences without their subject: `k3s restarts, …`."""
    rerun_reason: str = ""
    """Why it runs again although its settings are the same."""
    newer: bool = False
    """Whether only its script is another one: a new version of the program."""


def is_step(change: Change) -> bool:
    """Whether the change is one of a step, or of a cleanup step."""
    return change.urn.type == STEP


def step_change(change: Change, hosts: Collection[str]) -> StepChange | None:
    """What a change of a step does. None: nothing, for example because only its connection is another one."""
    before, after = _text(change.old, "create"), _text(change.new, "create")
    host = _host(after or before or _text(change.old, "delete")) or owner(change.urn.name, hosts) or ""
    if change.operation == "delete":
        return _removed(change, host)
    if change.operation == "create":
        return StepChange(host, tuple(_effects(after, {FIRST_RUN}))) if "create" in change.new else None
    if not any(path.split(".")[0] in ("create", "stdin") for path in change.paths):
        return None
    secrets = {SECRETS} if "stdin" in change.paths else set[str]()
    if change.new.get("create") == UNKNOWN:  # it needs, for example, the address of a new host
        words = (f"perhaps {what}" for when, what in _lines(before) if not when & {FIRST_RUN, REMOVAL})
        return StepChange(host, tuple(words))
    (old, old_script), (new, new_script) = values_of(before), values_of(after)
    changed = {name for name in {*old, *new} - OWN if old.get(name) != new.get(name)} | secrets
    reason = new.get(RERUN_REASON, "") if old.get(RERUN_REASON) != new.get(RERUN_REASON) else ""
    effects = tuple(_effects(after, changed, old))
    return StepChange(host, effects, reason.partition(" [")[0], newer=not changed and old_script != new_script)


def changed_values(change: Change) -> Iterator[tuple[str, str, str]]:
    """Name, old text and new text of each value that differs. Secrets are not among the values."""
    (old, _), (new, _) = (values_of(_text(inputs, "create")) for inputs in (change.old, change.new))
    for name in sorted({*old, *new} - OWN):
        if old.get(name) != new.get(name):
            yield name, old.get(name, ""), new.get(name, "")


def _removed(change: Change, host: str) -> StepChange | None:
    """A cleanup step runs its script. Any other step is only forgotten."""
    delete = _text(change.old, "delete")
    if not delete or change.retained:
        return None
    return StepChange(host, tuple(_effects(delete, {REMOVAL})))


def _effects(command: str, changed: Collection[str], old: Mapping[str, str] | None = None) -> Iterator[str]:
    """What the script says of a change of these values, with short ones of them: `(VERSION v1.36.3 → v1.36.4)`."""
    values, _ = values_of(command)
    for when, what in _lines(command):
        if causes := when.intersection(changed):
            short = [words for name in sorted(causes) if (words := _short(name, old or {}, values))]
            yield Template(what).safe_substitute(values) + (f" ({', '.join(short)})" if short else "")


def _short(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    before, after = old.get(name, ""), new.get(name, "")
    is_short = before and after and max(len(before), len(after)) <= SHORT and "\n" not in before + after
    return f"{name} {before} → {after}" if is_short else ""


def _lines(command: str) -> Iterator[tuple[set[str], str]]:
    for found in EFFECT.finditer(values_of(command)[1]):
        reserved = found["when"] in (FIRST_RUN, REMOVAL)
        yield ({found["when"]} if reserved else set(found["when"].split())), found["what"]


def _host(command: str) -> str:
    """The host in a step's command: it is before the step's name and the file of the verbs."""
    first = command.partition("\n")[0]
    if FOLDER not in first:
        return ""
    words = shlex.split(first.removesuffix("\\"))
    at = next((index for index, word in enumerate(words) if word.startswith(f"{FOLDER}/")), 0)
    return words[at - 2] if at >= 2 else ""


def _text(inputs: Mapping[str, object], name: str) -> str:
    value = inputs.get(name)
    return value if isinstance(value, str) and value != UNKNOWN else ""
