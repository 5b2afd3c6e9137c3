"""What a killed engine leaves, and how it goes: processes, locks, half-made machines, operations that never ended."""

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
class Damage:
    """What has to be put right before an `up` can go on."""

    processes: tuple[Process, ...]
    """Of an engine that is no more: its Pulumi, its plugins."""
    locks: bool
    pending: tuple[tuple[str, str], ...]
    """Operations that the state has as begun, by what and to which URN."""
    ids: frozenset[str]
    """Of everything in the state. What the cloud has beside that was killed while it was created."""
    spent: tuple[str, ...]
    """URNs of what was made for a machine that was not: its key for the tailnet may have been used."""


def find_damage(workspace: Workspace) -> Damage:
    """Look for it. To be called with the lab's lock held: then no engine of this lab can be at work."""
    recorded = resources(workspace)
    return Damage(
        processes=tuple(engine_processes(workspace)),
        locks=workspace.locks.is_dir() and any(workspace.locks.iterdir()),  # one that was not finished locks as well
        ids=frozenset(each.id for each in recorded),
        pending=tuple(pending(workspace)),
        spent=tuple(spent(recorded)),
    )


def repair(workspace: Workspace, damage: Damage, report: Report) -> None:
    """Put it right. Interrupted and called again, it finishes."""
    from lab.providers.azure_native import recovery as azure  # with Pulumi's SDK, which costs a second
    from lab.providers.cloudflare import recovery as cloudflare
    from lab.providers.oci import recovery as oci

    end_processes(list(damage.processes))
    if damage.locks:
        shutil.rmtree(workspace.locks)
    with report.begin("cloud", "removing what an interrupted run has half made", minor=True):
        creating = {urn for operation, urn in damage.pending if operation == "creating"}
        removed = oci.remove_unknown(workspace.lab, damage.ids, creating)
        if damage.pending:
            oci.put_in_force(workspace.lab)
        removed += azure.remove_unknown(workspace.lab, damage.ids, creating)
        removed += cloudflare.remove_unknown(workspace.lab, damage.ids)
    if removed:
        report.say(f"removed what an interrupted run had half made: {', '.join(removed)}")
    if damage.pending or damage.spent:
        with report.begin("state", "clearing up after an interrupted run", minor=True):
            _forget(workspace, set(damage.spent))


def spent(recorded: Collection[Recorded]) -> list[str]:
    """Keys with which nothing in the state was made, and what stands beside them, the device's name for one.

    Such a key may have been used by a machine that was killed before the state knew of it. All of it is made anew.
    """
    used = {urn for each in recorded if each.custom for urn in each.needs}
    parents = {each.parent for each in recorded if each.type == JOIN_KEY and each.urn not in used}
    return [each.urn for each in recorded if each.parent in parents and each.custom]


def engine_processes(workspace: Workspace) -> list[Process]:
    """Processes of the last engine: of its session, and with this lab's folder of executables first on their PATH.

    Hosts that its plugins have started have sessions of their own.
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
    """Take these resources, and every operation that has not ended, out of the state. Secrets stay encrypted."""
    exported = json.loads(pulumi(workspace, "stack", "export"))
    deployment = exported["deployment"]
    deployment["pending_operations"] = []
    deployment["resources"] = [each for each in deployment["resources"] if each["urn"] not in urns]
    for resource in deployment["resources"]:
        resource["dependencies"] = [urn for urn in resource.get("dependencies") or [] if urn not in urns]
        needed = resource.get("propertyDependencies") or {}
        resource["propertyDependencies"] = {
            name: [urn for urn in needs or [] if urn not in urns] for name, needs in needed.items()
        }
    pulumi(workspace, "stack", "import", stdin=json.dumps(exported))
