"""`destroy`: what the stack has made goes, as by its owner's `pulumi destroy --exclude-protected`; the lab stays up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lab.engine import (
    Finished,
    Progress,
    Start,
    Workspace,
    find_damage,
    install_plugins,
    outputs,
    repair,
    resources,
    settings_of,
)
from lab.engine.names import Urn, label
from lab.homes import plan_homes
from lab.hosts import list_hosts
from lab.progress import Report
from lab.supplies import supplies
from lab.turn import turn
from lab.up import PYTHON, failure, run, serve, was_left_unfinished


class NothingToDestroyError(Exception):
    """The lab has no such stack: one line with what to do."""


@dataclass(frozen=True)
class Destroyed:
    """How it ended, and what is there still."""

    finished: Finished
    kept: Mapping[str, Sequence[str]]
    """By host, in the program's own words (its output `kept`): data that no destroy deletes."""
    protected: Sequence[str]
    """Resources that are in the stack's state still, by their names for users."""

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
    with turn(lab, report) as mine, supplies(lab, report) as making:
        internet = serve(workspace, making, report)
        install_plugins(workspace, making.engine.result()["pulumi"], PYTHON)
        if was_left_unfinished(workspace):
            # Nothing is to be made anew, and what seems of no use, a host's removal from the tailnet, is still due.
            repair(workspace, replace(find_damage(workspace), spent=()), report)
        kept = outputs(workspace).get("kept") or {}
        # One that is off can't be asked to leave.
        plan_homes(lab, settings_of(workspace.settings, workspace.project_name)).create(report)
        start = Start(workspace, PYTHON, internet.environment(), mine.descriptor)
        progress = Progress(report, workspace.log)
        try:
            finished = run(workspace, start, "destroy", progress.show)
        finally:
            progress.close()
        if not finished.well:
            raise failure(finished, making)
    return Destroyed(finished, kept, protected(workspace))


def protected(workspace: Workspace) -> list[str]:
    """What the stack's state protects, in the words of the other messages."""
    hosts = {*workspace.hosts(), *(host.name for host in list_hosts(workspace.lab))}
    found = []
    for one in resources(workspace):
        if one.protect and one.custom:
            named = label(Urn.parse(one.urn), hosts, Urn.parse(one.parent) if one.parent else None)
            found.append(f"{named.subject} · {named.what}")
    return found
