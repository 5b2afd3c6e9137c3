"""`bin/lab destroy`: does what `pulumi destroy --exclude-protected` does. The lab stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lab.engine import (
    EngineLaunch,
    Finished,
    Workspace,
    find_leftovers,
    install_plugins,
    outputs,
    repair,
    resources,
    settings_of,
)
from lab.engine.names import Urn, label
from lab.homes import plan_homes
from lab.hosts import list_hosts
from lab.lab_lock import lab_lock
from lab.progress import Report
from lab.supplies import supplies
from lab.up import PYTHON, run_and_show, serve, was_left_unfinished


class NothingToDestroyError(Exception):
    """The lab has no such stack. The message is one line with what to do."""


@dataclass(frozen=True)
class Destroyed:
    """The result, and the data that stays."""

    finished: Finished
    kept: Mapping[str, Sequence[str]]
    """Data that no destroy deletes, by host: the program's output `kept`."""
    protected: Sequence[str]
    """Resources that are still in the stack's state, by their names for users."""

    def lines(self) -> list[str]:
        """For people."""
        said = [f"kept: {host} · {what}" for host, all_of_it in self.kept.items() for what in all_of_it]
        return [*said, *(f"protected, so still in the stack: {what}" for what in self.protected)]


def destroy(workspace: Workspace, report: Report) -> Destroyed:
    """Destroy the stack. Machines at home stay on, and servers and network: `down` takes these away.

    Raises NothingToDestroyError and the errors of its parts, each one line, and KeyboardInterrupt.
    """
    lab = workspace.lab
    if not resources(workspace):
        raise NothingToDestroyError(f"lab {lab.name} has nothing of stack {workspace.stack} to destroy")
    with lab_lock(lab, report) as mine, supplies(lab, report) as builds:
        internet = serve(workspace, builds, report)
        install_plugins(workspace, builds.engine.result()["pulumi"], PYTHON)
        if was_left_unfinished(workspace):
            # Do not repair the state before: a destroy creates nothing, and removals from the tailnet must still run.
            repair(workspace, replace(find_leftovers(workspace), spent=()), report)
        kept = outputs(workspace).get("kept") or {}
        # A machine that is off can't be cleaned up.
        plan_homes(lab, settings_of(workspace.settings, workspace.project_name)).create(report)
        start = EngineLaunch(workspace, PYTHON, internet.environment(), mine.descriptor)
        finished = run_and_show(start, "destroy", builds, report)
    return Destroyed(finished, kept, protected(workspace))


def protected(workspace: Workspace) -> list[str]:
    """The protected resources, with the same names as in other messages."""
    hosts = {*workspace.hosts(), *(host.name for host in list_hosts(workspace.lab))}
    found = []
    for one in resources(workspace):
        if one.protect and one.custom:
            named = label(Urn.parse(one.urn), hosts, Urn.parse(one.parent) if one.parent else None)
            found.append(f"{named.subject} · {named.what}")
    return found
