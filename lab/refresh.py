"""`refresh`: puts what the clouds say now into the stack's state, as `pulumi refresh` does. Changes nothing."""

from lab.engine import EngineLaunch, Finished, Workspace, find_leftovers, install_plugins, repair, resources
from lab.lab_lock import lab_lock
from lab.progress import Report
from lab.supplies import supplies
from lab.up import PYTHON, run_and_show, serve, was_left_unfinished


class NothingToRefreshError(Exception):
    """The lab has no such stack: one line."""


def refresh(workspace: Workspace, report: Report) -> Finished:
    """Ask the clouds. Raises NothingToRefreshError and the errors of its parts, each a line, and KeyboardInterrupt."""
    lab = workspace.lab
    if not resources(workspace):
        raise NothingToRefreshError(f"lab {lab.name} has nothing of stack {workspace.stack} to refresh")
    with lab_lock(lab, report) as mine, supplies(lab, report) as builds:
        internet = serve(workspace, builds, report)
        install_plugins(workspace, builds.engine.result()["pulumi"], PYTHON)
        if was_left_unfinished(workspace):
            repair(workspace, find_leftovers(workspace), report)
        launch = EngineLaunch(workspace, PYTHON, internet.environment(), mine.descriptor)
        return run_and_show(launch, "refresh", builds, report)
