"""Finds and removes what a killed engine left: processes, locks, half-created machines, pending operations."""

import json
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from lab.engine.state import Recorded, pending, pulumi, resources
from lab.engine.workspace import Workspace
from lab.hosts.process import Process, find_process
from lab.hosts.teardown import end_processes
from lab.progress import Report

JOIN_KEY = "tailscale:index/tailnetKey:TailnetKey"


@dataclass(frozen=True)
class Leftovers:
    """Everything to repair before the next `up`."""

    processes: tuple[Process, ...]
    """Processes of the killed engine: Pulumi and its plugins."""
    locks: bool
    pending: tuple[tuple[str, str], ...]
    """Pending operations in the state: kind and URN."""
    ids: frozenset[str]
    """Ids of all resources in the state. What else is in the clouds was left by a killed run, or is kept on purpose."""
    spent: tuple[str, ...]
    """URNs of auth keys whose machine is not in the state, and of what belongs to them. Such a key may be used up."""


def find_leftovers(workspace: Workspace) -> Leftovers:
    """Looks for leftovers. Hold the lab's lock, so that no engine of this lab runs."""
    recorded = resources(workspace)
    return Leftovers(
        processes=tuple(engine_processes(workspace)),
        locks=workspace.locks.is_dir() and any(workspace.locks.iterdir()),  # an unfinished lock file locks, too
        ids=frozenset(each.id for each in recorded),
        pending=tuple(pending(workspace)),
        spent=tuple(spent(recorded)),
    )


def repair(workspace: Workspace, damage: Leftovers, report: Report) -> None:
    """Repairs everything. Can be interrupted and repeated."""
    from lab.providers.azure_native import recovery as azure  # with Pulumi's SDK, which costs a second
    from lab.providers.cloudflare import recovery as cloudflare
    from lab.providers.oci import recovery as oci

    end_processes(list(damage.processes))
    if damage.locks:
        shutil.rmtree(workspace.locks)
    with report.begin("cloud", "removing what an interrupted run has half created", minor=True):
        creating = {urn for operation, urn in damage.pending if operation == "creating"}
        removed = oci.remove_unknown(workspace.lab, damage.ids, creating)
        if damage.pending:
            oci.put_in_force(workspace.lab)
        removed += azure.remove_unknown(workspace.lab, damage.ids, creating)
        removed += cloudflare.remove_unknown(workspace.lab, damage.ids)
    if removed:
        report.say(f"removed what an interrupted run had half created: {', '.join(removed)}")
    if damage.pending or damage.spent:
        with report.begin("state", "clearing up after an interrupted run", minor=True):
            _forget(workspace, set(damage.spent))


def spent(recorded: Collection[Recorded]) -> list[str]:
    """Auth keys without a machine in the state, and related resources such as the device's name.

    A run may have been killed after the machine had used its key, and before the state had it. So all are made again.
    """
    used = {urn for each in recorded if each.custom for urn in each.needs}
    parents = {each.parent for each in recorded if each.type == JOIN_KEY and each.urn not in used}
    return [each.urn for each in recorded if each.parent in parents and each.custom]


def engine_processes(workspace: Workspace) -> list[Process]:
    """Processes of the last engine: in its session, with this lab's folder first on their PATH.

    (Hosts that its plugins started have their own sessions.)
    """
    try:
        session = int(workspace.session.read_text())
    except (FileNotFoundError, ValueError):
        return []
    mark = f"PATH={workspace.executables}:".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes().split(b"\0")
                ours = os.getsid(int(entry.name)) == session and any(each.startswith(mark) for each in environment)
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            process = find_process(int(entry.name)) if ours else None
            if process is not None and process.running():
                found.append(process)
    return found


def _forget(workspace: Workspace, urns: set[str]) -> None:
    """Removes these resources and all pending operations from the state. Secrets stay encrypted."""
    exported = json.loads(pulumi(workspace, "stack", "export"))
    deployment = exported["deployment"]
    deployment["pending_operations"] = []
    # What has been replaced and is still to be deleted stays: a device that is to leave the tailnet, for one.
    kept = [each for each in deployment["resources"] if each["urn"] not in urns or each.get("delete")]
    deployment["resources"] = kept
    for resource in deployment["resources"]:
        resource["dependencies"] = [urn for urn in resource.get("dependencies") or [] if urn not in urns]
        needed = resource.get("propertyDependencies") or {}
        resource["propertyDependencies"] = {
            name: [urn for urn in needs or [] if urn not in urns] for name, needs in needed.items()
        }
    pulumi(workspace, "stack", "import", stdin=json.dumps(exported))
