"""Rules for capacity: enough memory and disk space for the roles."""

from collections.abc import Iterator

from components.datastore.registry import DATASTORES
from components.look.facts import Disk, Facts
from components.look.wanted import WantedHost
from components.settings.errors import Finding

MEMORY_MB = {"server": 1700, "agent": 450}
"""k3s requires 2 GB on a server and 512 MB on an agent. The kernel reports less than the installed memory."""
K3S_FOLDER, K3S_FIRST_MB = "/var/lib/rancher", 2000
"""k3s's folder, and the free space that it needs before it is installed."""
KUBELET_PART = 20
"""As k3s configures it, kubelet evicts pods when less than a twentieth of the disk is free."""


def memory_is_enough_for_the_roles(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """The role that needs most memory decides."""
    needed = max((MEMORY_MB.get(role, 0) for role in wanted.roles), default=0)
    if facts.memory_mb is not None and facts.memory_mb < needed:
        role = next(role for role in MEMORY_MB if role in wanted.roles)
        ask = "2 GB" if role == "server" else "512 MB"
        fix = "Give it more memory, or make it an agent." if role == "server" else "Give it more memory."
        yield Finding(wanted.key, f"has {facts.memory_mb} MB of memory, but a k3s {role} needs {ask}. {fix}")


def disks_can_be_written(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """Linux makes a file system read-only when its disk fails. What runs then may look well for a long time."""
    paths = [disk.path for disk in facts.disks or () if disk.read_only]
    if paths:
        is_there = wanted.did(facts, "k3s-node", *DATASTORES[wanted.datastore.kind].look.steps)
        yield Finding(
            wanted.key,
            f"has a read-only file system at {', '.join(paths)}: nothing can be written there. See why: sudo dmesg |"
            " grep -i 'error\\|read-only'. If the disk is sound, reboot: it is checked then.",
            "warning" if is_there else "error",
        )


def disks_have_room(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """A host whose services are installed gets a warning only. An error would stop the `up` that may fix it."""
    disks = {disk.path: disk for disk in facts.disks or ()}
    if wanted.is_node and K3S_FOLDER in disks:
        yield from _room(wanted, disks[K3S_FOLDER], K3S_FIRST_MB, is_there=wanted.did(facts, "k3s-binary", "k3s-node"))
    datastore = DATASTORES[wanted.datastore.kind].look
    folder = datastore.folder
    if "database" in wanted.roles and folder and folder.path in disks:
        is_there = wanted.did(facts, *datastore.steps)
        yield from _room(wanted, disks[folder.path], folder.first_mb, is_there=is_there)


def _room(wanted: WantedHost, disk: Disk, first_mb: int, *, is_there: bool) -> Iterator[Finding]:
    reserve = disk.total_mb // KUBELET_PART
    if is_there and disk.free_mb < reserve:
        yield Finding(
            wanted.key, f"has {disk.free_mb} MB free of {disk.total_mb} MB in {disk.path}. Free some space.", "warning"
        )
    elif not is_there and disk.free_mb < (needed := max(first_mb, reserve)):
        yield Finding(
            wanted.key, f"has {disk.free_mb} MB free in {disk.path}, but needs {needed} MB to start. Free some space."
        )
