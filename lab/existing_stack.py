"""The beginning of commands that need a stack: `refresh` and `destroy`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from lab.engine import (
    EngineLaunch,
    Finished,
    Operation,
    Workspace,
    find_leftovers,
    install_plugins,
    repair,
    resources,
)
from lab.lab_lock import lab_lock
from lab.progress import Report
from lab.supplies import Supplies, supplies
from lab.up import PYTHON, run_and_show, serve, was_left_unfinished


class NoStackError(Exception):
    """The lab has no such stack. The message is one line."""


@dataclass(frozen=True)
class ExistingStack:
    """A stack whose lab is ready for the engine."""

    launch: EngineLaunch
    builds: Supplies
    operation: Operation
    report: Report

    def run(self) -> Finished:
        """Runs the engine. Raises what `run_and_show` raises."""
        return run_and_show(self.launch, self.operation, self.builds, self.report)


@contextmanager
def existing_stack(
    workspace: Workspace, operation: Operation, report: Report, *, keep_spent: bool = False
) -> Iterator[ExistingStack]:
    """Starts the lab's network and servers, and repairs what an interrupted engine left. Holds the lab's lock.

    `keep_spent`: leaves used auth keys in the state. Raises NoStackError and the errors of its parts, each one line.
    """
    lab = workspace.lab
    if not resources(workspace):
        raise NoStackError(f"lab {lab.name} has nothing of stack {workspace.stack} to {operation}")
    with lab_lock(lab, report) as mine, supplies(lab, report) as builds:
        internet = serve(workspace, builds, report)
        install_plugins(workspace, builds.engine.result()["pulumi"], PYTHON)
        if was_left_unfinished(workspace):
            left = find_leftovers(workspace)
            repair(workspace, replace(left, spent=()) if keep_spent else left, report)
        launch = EngineLaunch(workspace, PYTHON, internet.environment(), mine.descriptor)
        yield ExistingStack(launch, builds, operation, report)
