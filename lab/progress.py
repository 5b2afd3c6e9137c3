"""Progress of a running command. All code that takes time reports here; nothing else prints."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TextIO

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

ANNOUNCE_AFTER = 1.0
"""Seconds after which a running task gets its own line, if the terminal can't rewrite lines."""


class Report(Protocol):
    """Receives the progress of builds, boots and the engine. Safe for several threads.

    The usual form is `with report.begin("pulumi 3.245.0", "building") as task:`. The task succeeds when the block ends,
    and fails when the block raises. `task.now("linking")` shows the current step.
    """

    def begin(self, subject: str, doing: str, *, minor: bool = False) -> "Task":
        """Starts a task. `subject`: a host or a program. `doing`: a few words.

        A minor task leaves no line if it succeeded within a second."""
        ...

    def say(self, text: str) -> None:
        """Shows one line that is not a task, such as a notice."""
        ...


class Screen(Protocol):
    """The interface between a task and its display."""

    def changed(self, task: "Task") -> None: ...

    def ended(self, task: "Task") -> None: ...


class Task:
    """Something that takes time. It ends exactly once; later calls are ignored."""

    def __init__(self, screen: Screen, subject: str, doing: str, *, minor: bool = False) -> None:
        self.subject = subject
        self.doing = doing
        self.minor = minor
        self.started = time.monotonic()
        self.seconds: float | None = None
        self.cause: str | None = None
        self.log: Path | None = None
        self._screen = screen

    @property
    def elapsed(self) -> float:
        """Seconds from the start until now, or until the end."""
        return time.monotonic() - self.started if self.seconds is None else self.seconds

    def now(self, doing: str) -> None:
        """Shows the current step of the task."""
        if self.seconds is None and doing != self.doing:
            self.doing = doing
            self._screen.changed(self)

    def done(self, result: str = "") -> None:
        """Ends with success. `result` replaces the last step in the line that remains."""
        self._end(result or self.doing)

    def failed(self, cause: str, log: Path | None = None) -> None:
        """Ends with failure. `cause`: one line. `log`: a file with details."""
        self.cause, self.log = (cause, log) if self.seconds is None else (self.cause, self.log)
        self._end(self.doing)

    def _end(self, doing: str) -> None:
        if self.seconds is None:
            self.doing, self.seconds = doing, self.elapsed
            self._screen.ended(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.done()
        else:
            interrupted = isinstance(error, (KeyboardInterrupt, SystemExit))
            self.failed("interrupted" if interrupted else first_line(error))


class Silence:
    """Shows nothing. For tests and for quick calls."""

    def begin(self, subject: str, doing: str, *, minor: bool = False) -> Task:
        return Task(self, subject, doing, minor=minor)

    def say(self, text: str) -> None:
        """Drops the line."""

    def changed(self, task: Task) -> None:
        """Shows nothing."""

    def ended(self, task: Task) -> None:
        """Shows nothing."""


class Lines:
    """One line for each event, with the seconds since the start. For logs and CI."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._announcements: dict[Task, threading.Timer] = {}

    def begin(self, subject: str, doing: str, *, minor: bool = False) -> Task:
        task = Task(self, subject, doing, minor=minor)
        timer = threading.Timer(ANNOUNCE_AFTER, self.changed, [task])
        timer.daemon = True
        with self._lock:
            self._announcements[task] = timer
        timer.start()
        return task

    def say(self, text: str) -> None:
        with self._lock:
            self._write(text)

    def changed(self, task: Task) -> None:
        with self._lock:
            if task.seconds is None:
                self._write(f"{task.subject} · {task.doing} …")

    def ended(self, task: Task) -> None:
        with self._lock:
            self._announcements.pop(task).cancel()
            if not vanishes(task):
                self._write(outcome(task))

    def _write(self, text: str) -> None:
        self._stream.write(f"{time.monotonic() - self._started:6.1f} s  {text}\n")
        self._stream.flush()


class Display:
    """For a terminal: running tasks with their seconds at the bottom; ended tasks scroll away above."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.RLock()
        self._running: list[Task] = []
        self._spinner = Spinner("dots")
        self.live = Live(get_renderable=self._render, console=console, refresh_per_second=8, transient=True)

    def begin(self, subject: str, doing: str, *, minor: bool = False) -> Task:
        task = Task(self, subject, doing, minor=minor)
        with self._lock:
            self._running.append(task)
        return task

    def say(self, text: str) -> None:
        self._console.print(Text(text))

    def changed(self, task: Task) -> None:
        """The next refresh shows it."""

    def ended(self, task: Task) -> None:
        with self._lock:
            self._running.remove(task)
        if not vanishes(task):
            mark, colour = ("✓", "green") if task.cause is None else ("✗", "red")
            self._console.print(Text.assemble((f"{mark} ", colour), outcome(task)))

    def _render(self) -> RenderableType:
        with self._lock:
            running = list(self._running)
        table = Table.grid(padding=(0, 1))
        room = max(self._console.height - 2, 1)
        for task in running[:room]:
            table.add_row(self._spinner, Text(task.subject, "bold"), task.doing, Text(f"{task.elapsed:.0f} s", "dim"))
        if len(running) > room:
            table.add_row("", f"and {len(running) - room} more")
        return table


def vanishes(task: Task) -> bool:
    """Whether an ended task leaves no line behind."""
    return task.minor and task.cause is None and task.elapsed < ANNOUNCE_AFTER


def outcome(task: Task) -> str:
    """The line of an ended task: subject, action, time; for a failed one also cause and log."""
    line = f"{task.subject} · {task.doing} · {task.elapsed:.1f} s"
    if task.cause is not None:
        line = f"{task.subject} · {task.doing} · failed after {task.elapsed:.1f} s: {task.cause}"
    return line if task.log is None else f"{line} (log: {task.log})"


def first_line(error: BaseException) -> str:
    """An exception as one line; the name of its class if it has no text."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


@contextmanager
def shown(stream: TextIO = sys.stderr) -> Iterator[Report]:
    """The report for this terminal: live if it can rewrite lines, otherwise one line for each event."""
    console = Console(file=stream)
    if not console.is_terminal or console.is_dumb_terminal:
        yield Lines(stream)
        return
    display = Display(console)
    with display.live:
        yield display
