"""What the engine's process tells the command that started it: a JSON document a line, nothing secret in it."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter

Change = Literal["create", "update", "replace", "delete"]


@dataclass(frozen=True)
class Began:
    """Something is being done to a resource. `key` names this operation until it ends."""

    key: str
    subject: str
    doing: str
    minor: bool
    kind: Literal["began"] = "began"


@dataclass(frozen=True)
class Ended:
    """The operation went well."""

    key: str
    kind: Literal["ended"] = "ended"


@dataclass(frozen=True)
class Failed:
    """The operation did not; `cause` is one line."""

    key: str
    cause: str
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True)
class Stopped:
    """The operation was called off by an interrupt."""

    key: str
    kind: Literal["stopped"] = "stopped"


@dataclass(frozen=True)
class Planned:
    """What an `up` would do to a resource; `details` are the lines below."""

    change: Change
    subject: str
    doing: str
    details: tuple[str, ...] = ()
    kind: Literal["planned"] = "planned"


@dataclass(frozen=True)
class Problem:
    """An error of the stack as a whole, or of a resource to which nothing was done yet. May have several lines."""

    text: str
    kind: Literal["problem"] = "problem"


@dataclass(frozen=True)
class Notice:
    """A warning."""

    text: str
    kind: Literal["notice"] = "notice"


@dataclass(frozen=True)
class Finished:
    """The last message: how many resources met which change, and whether it was called off."""

    well: bool
    interrupted: bool
    changes: dict[str, int] = field(default_factory=dict)
    kind: Literal["finished"] = "finished"


Message = Began | Ended | Failed | Stopped | Planned | Problem | Notice | Finished

_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)


def encode(message: Message) -> bytes:
    """One line."""
    return _MESSAGE.dump_json(message) + b"\n"


def decode(line: bytes) -> Message:
    """A line of `encode`. Raises pydantic.ValidationError for anything else."""
    return _MESSAGE.validate_json(line)
