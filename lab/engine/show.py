"""Shows the engine's messages: work as tasks of the report, a preview as lines of what would change."""

from collections.abc import Callable
from pathlib import Path

from lab.engine.messages import Began, Change, Ended, Failed, Message, Notice, Planned, Problem, Stopped
from lab.progress import Report, Task

MARKS: dict[Change, str] = {"create": "+", "update": "~", "replace": "±", "delete": "-"}


class Progress:
    """Messages of an `up`: each operation is a task."""

    def __init__(self, report: Report, log: Path) -> None:
        self._report = report
        self._log = log
        self._tasks: dict[str, Task] = {}

    def show(self, message: Message) -> None:
        """One message; the last one ends what is still open."""
        match message:
            case Began():
                task = self._report.begin(message.subject, message.doing, minor=message.minor)
                self._tasks[message.key] = task
            case Ended():
                if message.key in self._tasks:
                    self._tasks.pop(message.key).done()
            case Failed():
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
        """Ends what was still running when the engine stopped."""
        for task in self._tasks.values():
            task.failed("stopped")
        self._tasks.clear()


class Plan:
    """Messages of a preview: a line for each resource that would change, and below it what."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def show(self, message: Message) -> None:
        """One message."""
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
    """`3 created, 1 updated`, or `3 to create, 1 to update` if that is only planned; `unchanged` if it is nothing."""
    words = {"create": "created", "update": "updated", "replace": "replaced", "delete": "deleted"}
    counted = [
        f"{changes[op]} to {op}" if planned else f"{changes[op]} {word}"
        for op, word in words.items()
        if changes.get(op)
    ]
    return ", ".join(counted) or "unchanged"
