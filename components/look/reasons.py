"""Compares a host's marks with the stack's state, to decide which steps run again."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, RootModel

from components import rendering


class Mark(BaseModel):
    """What claims.py found about one step."""

    model_config = ConfigDict(frozen=True)
    run: str
    """An ID of the step's last run."""
    differs: tuple[str, ...]
    """What the step left and what has changed since, in words."""


class Marks(RootModel[dict[str, Mark]]):
    """What claims.py prints: marks by step."""


@dataclass(frozen=True)
class Reasons:
    """Values of `rendering.RERUN_REASON` by step. A step runs again if its value differs from the state's."""

    before: dict[str, str]
    """The values in the state."""
    again: dict[str, str] = field(default_factory=dict)
    """New values, for the steps that run again."""
    differs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Why each step of `again` runs again, in words for the user."""


def reasons(steps: Mapping[str, str], marks: Mapping[str, Mark] | None, left: Set[str] = frozenset()) -> Reasons:
    """Which of `steps` (commands in the state, by name) run again, and why.

    Without marks nothing runs again: the host did not answer. The steps in `left` never run again.
    Steps of old program versions left no marks and count as done. They run once more anyway: their commands change.
    """
    before = {name: reason for name, command in steps.items() if (reason := rendering.rerun_reason(command))}
    found = Reasons(before)
    if marks is None:
        return found
    for name, command in steps.items():
        mark = marks.get(name)
        if name in left or not rendering.leaves_mark(command):
            continue
        if mark is None:
            found.differs[name] = ("this machine does not know the step, so it was reinstalled or replaced",)
            found.again[name] = f"unknown to the machine [{datetime.now(UTC):%Y-%m-%d %H:%M}]"
        elif mark.differs:
            found.differs[name] = mark.differs
            found.again[name] = f"{'; '.join(mark.differs)} [{mark.run[:8]}]"
    return found
