"""Messages as a user sees them."""

import io
import re
from pathlib import Path

from lab.engine.messages import Finished, OperationEnded, OperationFailed, OperationStarted, Planned, Problem, Stopped
from lab.engine.show import Plan, Progress, summary
from lab.progress import Lines


def test_an_operation_is_a_task_and_a_failure_names_the_log() -> None:
    stream = io.StringIO()
    progress = Progress(Lines(stream), Path("engine.log"))
    for message in (
        OperationStarted("1", "oracle-1", "galera member", minor=False),
        OperationStarted("2", "oracle-2", "galera member", minor=False),
        OperationEnded("1"),
        OperationFailed("2", "disk is full"),
        OperationStarted("3", "oracle-3", "galera member", minor=False),
        Stopped("3"),
        Problem("policy: refused"),
        Finished(well=False, interrupted=False),
    ):
        progress.show(message)
    said = re.sub(r"\d+\.\d s", "0.0 s", stream.getvalue())
    assert "oracle-1 · galera member · 0.0 s" in said
    assert "oracle-2 · galera member · failed after 0.0 s: disk is full (log: engine.log)" in said
    assert "oracle-3 · galera member · failed after 0.0 s: interrupted\n" in said
    assert "policy: refused" in said


def test_what_still_ran_when_the_engine_stopped_is_said() -> None:
    stream = io.StringIO()
    progress = Progress(Lines(stream), Path("engine.log"))
    progress.show(OperationStarted("1", "oracle-1", "k3s server", minor=False))
    progress.close()
    assert re.search(r"oracle-1 · k3s server · failed after [\d.]+ s: stopped", stream.getvalue())


def test_a_plan_marks_what_would_be_done() -> None:
    lines: list[str] = []
    plan = Plan(lines.append)
    plan.show(Planned("create", "oracle-1", "instance"))
    plan.show(Planned("update", "oracle-4", "k3s agent", ("create:", "  + label")))
    assert lines == ["+ oracle-1 · instance", "~ oracle-4 · k3s agent", "    create:", "      + label"]


def test_the_last_word() -> None:
    assert summary({"same": 40}) == "unchanged"
    assert summary({"same": 40, "create": 2, "delete": 1}) == "2 created, 1 deleted"
    assert summary({"update": 1}, planned=True) == "1 to update"
