"""What a user sees while things are done: lines with what, how long, and why not."""

import io
import re
import threading
import time
from pathlib import Path

import pytest
from rich.console import Console

from lab import progress
from lab.progress import Display, Lines, Task, first_line


def lines_of(stream: io.StringIO) -> list[str]:
    """The lines without their seconds."""
    return [re.sub(r"^ *\d+\.\d s  |\d+\.\d s", "", line) for line in stream.getvalue().splitlines()]


def test_a_task_that_went_well_is_one_line_with_its_seconds() -> None:
    stream = io.StringIO()
    with Lines(stream).begin("oracle-1", "galera member"):
        pass
    assert re.fullmatch(r" +[\d.]+ s  oracle-1 · galera member · 0\.\d s\n", stream.getvalue())


def test_a_long_task_is_announced_and_its_phases_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "ANNOUNCE_AFTER", 0.01)
    stream = io.StringIO()
    with Lines(stream).begin("pulumi", "building") as task:
        time.sleep(0.1)
        task.now("compiling")
        task.now("compiling")
    assert lines_of(stream) == ["pulumi · building …", "pulumi · compiling …", "pulumi · compiling · "]


def test_a_failure_names_the_cause_and_the_log() -> None:
    stream = io.StringIO()
    Lines(stream).begin("oracle-1", "k3s server").failed("no space left", Path("engine.log"))
    assert lines_of(stream) == ["oracle-1 · k3s server · failed after : no space left (log: engine.log)"]


def test_an_exception_ends_the_task_as_failed_and_goes_on() -> None:
    stream = io.StringIO()
    with pytest.raises(ValueError, match="first"), Lines(stream).begin("image", "making"):
        raise ValueError("first\nsecond")
    assert lines_of(stream) == ["image · making · failed after : first"]


def test_an_interrupt_is_called_so() -> None:
    stream = io.StringIO()
    with pytest.raises(KeyboardInterrupt), Lines(stream).begin("image", "making"):
        raise KeyboardInterrupt
    assert "interrupted" in stream.getvalue()


def test_minor_tasks_leave_a_line_only_when_they_fail() -> None:
    stream = io.StringIO()
    report = Lines(stream)
    report.begin("random", "string", minor=True).done()
    report.begin("random", "id", minor=True).failed("refused")
    assert lines_of(stream) == ["random · id · failed after : refused"]


def test_a_task_ends_once() -> None:
    stream = io.StringIO()
    with Lines(stream).begin("k3s", "building") as task:
        task.failed("no compiler")
    assert lines_of(stream) == ["k3s · building · failed after : no compiler"]
    assert task.cause == "no compiler"


def test_lines_of_threads_do_not_mix() -> None:
    stream = io.StringIO()
    report = Lines(stream)

    def work(name: str) -> None:
        for _ in range(50):
            report.begin(name, "step").done()

    threads = [threading.Thread(target=work, args=(f"oracle-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines_of(stream)) == 200
    assert all(re.fullmatch(r"oracle-\d · step · ", line) for line in lines_of(stream))


def test_a_terminal_shows_what_runs_and_keeps_what_has_ended() -> None:
    stream = io.StringIO()
    display = Display(Console(file=stream, force_terminal=True, width=80))
    with display.live:
        with display.begin("oracle-1", "booting"):
            display.live.refresh()
            assert "booting" in stream.getvalue()
        display.say("a notice")
    assert "✓" in stream.getvalue()
    assert "a notice" in stream.getvalue()


def test_more_tasks_than_lines_are_counted() -> None:
    stream = io.StringIO()
    display = Display(Console(file=stream, force_terminal=True, width=80, height=5))
    tasks: list[Task] = [display.begin(f"host-{number}", "booting") for number in range(7)]
    with display.live:
        display.live.refresh()
        assert "and 4 more" in stream.getvalue()
    assert len(tasks) == 7


def test_an_exception_without_words_is_named() -> None:
    assert first_line(TimeoutError()) == "TimeoutError"
