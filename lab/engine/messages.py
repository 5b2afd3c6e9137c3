"""Messages from the engine's process to the command that started it: one JSON document a line, without secrets."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter

Change = Literal["create", "update", "replace", "delete"]


@dataclass(frozen=True)
class OperationStarted:
    """An operation on a resource has started. `key` identifies it until it ends."""

    key: str
    subject: str
    doing: str
    minor: bool
    kind: Literal["began"] = "began"


@dataclass(frozen=True)
class OperationEnded:
    """The operation succeeded."""

    key: str
    kind: Literal["ended"] = "ended"


@dataclass(frozen=True)
class OperationFailed:
    """The operation failed. `cause` is one line."""

    key: str
    cause: str
    kind: Literal["failed"] = "failed"


@dataclass(frozen=True)
class Stopped:
    """An interrupt cancelled the operation."""

    key: str
    kind: Literal["stopped"] = "stopped"


@dataclass(frozen=True)
class Planned:
    """A planned change of a resource. `details`: further lines."""

    change: Change
    subject: str
    doing: str
    details: tuple[str, ...] = ()
    kind: Literal["planned"] = "planned"


@dataclass(frozen=True)
class Problem:
    """An error of the whole stack, or of a resource before any operation on it. May have several lines."""

    text: str
    kind: Literal["problem"] = "problem"


@dataclass(frozen=True)
class Notice:
    """A warning."""

    text: str
    kind: Literal["notice"] = "notice"


@dataclass(frozen=True)
class Finished:
    """The last message: number of resources by change, and whether the run was cancelled."""

    well: bool
    interrupted: bool
    changes: dict[str, int] = field(default_factory=dict)
    kind: Literal["finished"] = "finished"


Message = OperationStarted | OperationEnded | OperationFailed | Stopped | Planned | Problem | Notice | Finished

_MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)


def encode(message: Message) -> bytes:
    """The message as one line."""
    return _MESSAGE.dump_json(message) + b"\n"


def decode(line: bytes) -> Message:
    """Reads a line of `encode`. Raises pydantic.ValidationError for other text."""
    return _MESSAGE.validate_json(line)
