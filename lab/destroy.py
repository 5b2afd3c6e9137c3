"""`bin/lab destroy`: does what `pulumi destroy --exclude-protected` does. The lab stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lab.engine import Finished, Workspace, outputs, resources, settings_of
from lab.existing_stack import existing_stack
from lab.homes import plan_homes
from lab.hosts import list_hosts
from lab.progress import Report
from preview.names import Urn, label


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
    """Destroys the stack. Machines at home stay on, and servers and network: `down` takes these away.

    Raises NoStackError and the errors of its parts, each one line, and KeyboardInterrupt.
    """
    # Used auth keys stay in the state: a destroy creates nothing, and removals from the tailnet must still run.
    with existing_stack(workspace, "destroy", report, keep_spent=True) as stack:
        kept = outputs(workspace).get("kept") or {}
        # A machine that is off can't be cleaned up.
        plan_homes(workspace.lab, settings_of(workspace.settings, workspace.project_name)).create(report)
        finished = stack.run()
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
