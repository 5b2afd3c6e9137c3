"""Control groups of a host: one in each mounted hierarchy. Supports version 1, version 2, and both together."""

import time
from dataclasses import dataclass
from pathlib import Path

CONTROLLERS = ("cpu", "cpuset", "memory", "pids")
"""Controllers that a kubelet needs. Without one of them, a machine can't run the lab."""
_ALSO_USED = ("io", "hugetlb")
UNIFIED = "unified"


@dataclass(frozen=True)
class Hierarchy:
    """A mounted hierarchy: its controllers as in /proc/self/cgroup, and the folder for new groups."""

    controllers: str
    folder: Path


def find_hierarchies(own_groups: str, mounts: str) -> list[Hierarchy]:
    """The hierarchies, from the texts of /proc/self/cgroup and /proc/self/mountinfo.

    In version 1, new groups are below this process' own group. In version 2 alone, they are below the mount's root: a
    group with processes can't give controllers to its children, and this process is in its own group.
    """
    found = []
    lines = [line.split(":", 2) for line in own_groups.splitlines()]
    for _, controllers, path in lines:
        mount = _find_mount(controllers, mounts)
        if mount is None:
            continue
        root, point = mount
        inside = path.removeprefix(root.rstrip("/")).strip("/") if path.startswith(root) else ""
        alone = not controllers and len(lines) == 1
        found.append(Hierarchy(controllers or UNIFIED, point if alone else point / inside))
    return found


def machine_hierarchies() -> list[Hierarchy]:
    """find_hierarchies for this process."""
    return find_hierarchies(Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text())


def version_2_alone(hierarchies: list[Hierarchy]) -> bool:
    """Whether the machine has version 2 only."""
    return [hierarchy.controllers for hierarchy in hierarchies] == [UNIFIED]


def _find_mount(controllers: str, mounts: str) -> tuple[str, Path] | None:
    """Root and mount point of a hierarchy."""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        root, point = before.split()[3:5]
        if kind == ("cgroup" if controllers else "cgroup2"):
            named = set(options.split(","))
            if not controllers or set(controllers.split(",")) <= named:
                return root, Path(point)
    return None


@dataclass(frozen=True)
class Limits:
    """Limits of a host. None: no limit."""

    memory_bytes: int | None = None
    cpus: float | None = None


def make_groups(hierarchies: list[Hierarchy], lab_id: str, name: str, limits: Limits) -> None:
    """Creates the lab's group in each hierarchy, and the host's group in it. Does not change existing groups."""
    for hierarchy in hierarchies:
        lab_group = hierarchy.folder / lab_id
        group = lab_group / name
        if hierarchy.controllers == "cpuset":
            _make_cpuset(group)
        elif version_2_alone(hierarchies):
            _delegate(hierarchy.folder)
            lab_group.mkdir(exist_ok=True)
            _delegate(lab_group)
        group.mkdir(parents=True, exist_ok=True)
        _limit(hierarchy, group, limits)


def _make_cpuset(group: Path) -> None:
    """Version 1: a cpuset group accepts no process before it has processors and memory nodes."""
    for child in (group.parent, group):
        child.mkdir(exist_ok=True)
        for file in ("cpuset.cpus", "cpuset.mems"):
            (child / file).write_text((child.parent / file).read_text())
        (child / "cgroup.clone_children").write_text("1")


def _delegate(group: Path) -> None:
    """Version 2: gives the group's controllers to its children."""
    there = (group / "cgroup.controllers").read_text().split()
    given = (group / "cgroup.subtree_control").read_text().split()
    for controller in (*CONTROLLERS, *_ALSO_USED):
        if controller in there and controller not in given:
            (group / "cgroup.subtree_control").write_text(f"+{controller}")


def _limit(hierarchy: Hierarchy, group: Path, limits: Limits) -> None:
    controllers = hierarchy.controllers.split(",")
    memory = None if limits.memory_bytes is None else str(limits.memory_bytes)
    quota = None if limits.cpus is None else str(int(limits.cpus * 100_000))
    if memory and "memory" in controllers:
        (group / "memory.limit_in_bytes").write_text(memory)
    if quota and "cpu" in controllers:
        (group / "cpu.cfs_period_us").write_text("100000")
        (group / "cpu.cfs_quota_us").write_text(quota)
    if memory and (group / "memory.max").exists():
        (group / "memory.max").write_text(memory)
    if quota and (group / "cpu.max").exists():
        (group / "cpu.max").write_text(f"{quota} 100000")


def remove_groups(groups: list[Path], seconds: float = 10) -> None:
    """Removes groups with all subgroups. Waits until their last processes are gone. Raises OSError if they stay."""
    deadline = time.monotonic() + seconds
    for group in groups:
        while group.is_dir():
            try:
                for folder in sorted(group.rglob("*/"), reverse=True):
                    folder.rmdir()
                group.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
