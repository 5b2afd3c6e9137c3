"""Shows the engine's messages: operations as tasks, a preview as lines."""

from collections.abc import Callable
from pathlib import Path

from lab.engine.messages import (
    Change,
    Message,
    Notice,
    OperationEnded,
    OperationFailed,
    OperationStarted,
    Planned,
    Problem,
    Stopped,
)
from lab.progress import Report, Task

MARKS: dict[Change, str] = {"create": "+", "update": "~", "replace": "±", "delete": "-"}


class Progress:
    """Shows the messages of an `up`: each operation is a task."""

    def __init__(self, report: Report, log: Path) -> None:
        self._report = report
        self._log = log
        self._tasks: dict[str, Task] = {}

    def show(self, message: Message) -> None:
        """Shows one message. The last one ends all open tasks."""
        match message:
            case OperationStarted():
                task = self._report.begin(message.subject, message.doing, minor=message.minor)
                self._tasks[message.key] = task
            case OperationEnded():
                if message.key in self._tasks:
                    self._tasks.pop(message.key).done()
            case OperationFailed():
                if message.key in self._tasks:
                    self._tasks.pop(message.key).failed(message.cause, self._log)
            case Stopped():
                if message.key in self._tasks:
                    self._tasks.pop(message.key).failed("interrupted")
            case Problem() | Notice():
                self._report.say(message.text)
            case _:
                pass

    def close(self) -> None:
        """Ends tasks that were running when the engine stopped."""
        for task in self._tasks.values():
            task.failed("stopped")
        self._tasks.clear()


class Plan:
    """Shows the messages of a preview: one line for each resource that would change, with details."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def show(self, message: Message) -> None:
        """Shows one message."""
        match message:
            case Planned():
                self._write(f"{MARKS[message.change]} {message.subject} · {message.doing}")
                for detail in message.details:
                    self._write(f"    {detail}")
            case Problem() | Notice():
                self._write(message.text)
            case _:
                pass


def summary(changes: dict[str, int], *, planned: bool = False) -> str:
    """`3 created, 1 updated`; for a plan `3 to create, 1 to update`; without changes `unchanged`."""
    words = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted"}
    counted = [
        f"{changes[op]} to {op}" if planned else f"{changes[op]} {word}"
        for op, word in words.items()
        if changes.get(op)
    ]
    return ", ".join(counted) or "unchanged"
