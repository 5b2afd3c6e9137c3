"""What happens to the machines, one sentence each. What a step does to its host is the step's own word."""

from collections.abc import Iterator, Mapping

from components.clouds import registry
from preview.events import Change, Preview
from preview.names import Label, label, owner
from preview.steps import StepChange, is_step, step_change

HOST = "tailnet-k3s:hosts:"
DATA = ("oci:Core/volume:Volume", "azure-native:compute:Disk", "kubernetes:core/v1:PersistentVolumeClaim")
"""Types of resources that keep data for longer than a machine or a pod lives."""
QUIET = ("random:", "tls:", "command:", "tailnet-k3s:", "tailscale:index/tailnetKey")
BOOT_DISK = "what was on its boot disk: logs, images, files of pods without a volume"
COPY = "its copy of the database, which other members have"
ANEW = "runs again because of: "


def machine_types() -> frozenset[str]:
    """Type tokens of what clouds create a host of."""
    return frozenset(cloud.machine for cloud in registry.CLOUDS if cloud.machine)


def labelled(preview: Preview, change: Change) -> Label:
    """Subject and kind of a change, for people."""
    return label(change.urn, preview.hosts, change.parent)


def machine_lines(preview: Preview) -> Iterator[str]:
    """New, removed and replaced machines first, then what steps do on machines that stay, then what is lost."""
    new = _hosts(preview, "create")
    gone = _hosts(preview, "delete")
    replaced = _machines(preview, "replace")
    deleted = _machines(preview, "delete")
    for host in new:
        yield f"new host **{host}**, joins as {_roles(preview, host)}"
    for host in gone:
        yield from _removed(preview, host, host in deleted)
    for host in sorted(replaced):
        lost = [BOOT_DISK, *([COPY] if "database" in preview.hosts.get(host, ()) else ())]
        yield f"**{host}** is replaced by a new machine. Lost with the old one: {', and '.join(lost)}"
    for host in sorted(deleted - {*gone}):
        yield f"**{host}** loses its machine: {BOOT_DISK} is lost"
    yield from _roles_changed(preview)
    yield from _on_hosts_that_stay(preview, {*new, *gone, *replaced})
    yield from _other_replacements(preview, replaced)
    yield from _lost_data(preview)


def _hosts(preview: Preview, operation: str) -> list[str]:
    return [
        change.urn.name
        for change in preview.changes
        if change.operation == operation and change.urn.type.startswith(HOST) and change.urn.name in preview.hosts
    ]


def _machines(preview: Preview, operation: str) -> set[str]:
    """Hosts whose machine is created, replaced or deleted."""
    types = machine_types()
    found = (
        owner(change.urn.name, preview.hosts)
        for change in preview.changes
        if change.operation == operation and change.urn.type in types
    )
    return {host for host in found if host}


def _roles(preview: Preview, host: str) -> str:
    return ", ".join(preview.hosts.get(host, ())) or "a host"


def _removed(preview: Preview, host: str, machine: bool) -> Iterator[str]:
    """A cloud's machine is deleted with all that was on it. On any other, the cleanup steps run."""
    if machine:
        yield f"**{host}** is removed, and its machine deleted. Lost: {BOOT_DISK}"
    else:
        yield f"**{host}** is removed from the stack; the machine itself stays"
    for change in preview.changes:
        found = step_change(change, preview.hosts) if is_step(change) else None
        if found is None or change.operation != "delete" or not found.effects:
            continue
        concerns = found.host == host or owner(change.urn.name, preview.hosts) == host
        if concerns and not (machine and found.host == host):
            yield from (f"{host}: {effect}" for effect in found.effects)


def _roles_changed(preview: Preview) -> Iterator[str]:
    for change in preview.changes:
        if change.operation == "update" and change.urn.name in preview.hosts and change.urn.type.startswith(HOST):
            before, after = (", ".join(inputs.get("roles") or ()) for inputs in (change.old, change.new))
            if before and before != after:
                yield f"**{change.urn.name}** changes its roles: {before} → {after}"


def _on_hosts_that_stay(preview: Preview, others: set[str]) -> Iterator[str]:
    """Each effect once, with all hosts that it concerns."""
    hosts: dict[str, list[str]] = {}
    newer: dict[str, int] = {}
    for change in preview.changes:
        found = step_change(change, preview.hosts) if is_step(change) else None
        if found is None or owner(change.urn.name, preview.hosts) in others or found.host in others:
            continue
        for effect in _sentences(found):
            theirs = hosts.setdefault(effect, [])
            if found.host not in theirs:
                theirs.append(found.host)
        if found.newer:
            newer[found.host] = newer.get(found.host, 0) + 1
    for effect, theirs in hosts.items():
        yield f"{_named(sorted(theirs))}: {effect}"
    if newer:
        count = sum(newer.values())
        yield (
            f"{_named(sorted(newer))}: {count} steps run again with newer scripts. A step changes only what differs on"
            " its host, and restarts only what it has changed"
        )


def _sentences(found: StepChange) -> Iterator[str]:
    yield from found.effects
    if found.rerun_reason:
        yield f"a step {ANEW}{found.rerun_reason}"


def _named(hosts: list[str]) -> str:
    return ", ".join(f"**{host}**" for host in hosts if host) or "**the stack**"


def _other_replacements(preview: Preview, hosts: set[str]) -> Iterator[str]:
    """What is deleted and created again. A step that is replaced runs again, like any other."""
    types = machine_types()
    for change in preview.changes:
        if change.operation != "replace" or change.urn.type in types or change.urn.type.startswith(QUIET):
            continue
        named = labelled(preview, change)
        if named.subject not in hosts and change.urn.type not in DATA:
            yield f"**{named.subject}**: its {named.what} is deleted and created again"


def _lost_data(preview: Preview) -> Iterator[str]:
    for change in preview.changes:
        if change.operation in ("delete", "replace") and _keeps_data(change):
            named = labelled(preview, change)
            yield f"⚠️ **all data is lost** on the {named.what} of {named.subject}{_size(change.old)}"


def _keeps_data(change: Change) -> bool:
    """Whether data goes with the resource. A claim on a volume of its owner's choice leaves the data there."""
    spec = change.old.get("spec")
    is_chosen = isinstance(spec, Mapping) and bool(spec.get("volumeName"))
    return change.urn.type in DATA and not change.retained and not is_chosen


def _size(inputs: Mapping[str, object]) -> str:
    size = inputs.get("sizeInGbs") or inputs.get("diskSizeGB")
    return f" ({size} GB)" if size else ""
