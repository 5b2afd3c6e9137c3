"""Checks whether this machine can run a lab, before anything starts. Reports each problem as one line."""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.hosts.cgroups import CONTROLLERS, Hierarchy, machine_hierarchies, version_2_alone
from lab.hosts.loops import loops_problem
from lab.lab import CACHE, REPOSITORY

PROGRAMS = ("apt-config", "bash", "ip", "mmdebstrap", "nft", "nsenter", "setpriv", "setsid", "unshare")
PROBE = Path(__file__).with_name("probe.sh")
GIB = 1024**3
MEMORY_PER_HOST = GIB
DISK = 10 * GIB
"""Disk space for the image, the programs and the hosts. (Builds check their own, larger need.)"""
INOTIFY_PER_HOST = 16
"""inotify instances of a node, as measured: systemd 6, logind 1, tailscaled 1, containerd 2, kubelet 6."""


@dataclass(frozen=True)
class Machine:
    """Facts about the machine. Sizes are in bytes."""

    architecture: str
    is_root: bool
    missing_programs: tuple[str, ...]
    missing_features: tuple[str, ...]
    controllers: frozenset[str]
    controllers_locked: bool
    inotify_limit: int
    inotify_used: int
    memory_available: int
    disk_free: int


def check_machine(hosts: int = 4, *, volumes: bool = False) -> list[str]:
    """The reasons why this machine can't run a lab with so many hosts, each with what to do. Empty if it can.

    volumes: whether some hosts have block volumes, which need loop devices.
    """
    return [*reasons(look_at_machine(), hosts), *(_volume_reasons() if volumes and os.geteuid() == 0 else [])]


def _volume_reasons() -> list[str]:
    with TemporaryDirectory(dir=_existing(REPOSITORY)) as folder:
        problem = loops_problem(Path(folder))
    advice = "modprobe loop, give the container loop devices, or ask for hosts without volumes"
    return [f"block volumes: no loop devices ({problem}): {advice}"] if problem else []


def reasons(machine: Machine, hosts: int) -> list[str]:
    """The lines of check_machine for a machine."""
    if not machine.is_root:
        return ["a lab needs root for namespaces and mounts: run it as root"]
    found = []
    if machine.architecture not in ("x86_64", "aarch64"):
        found.append(f"processor {machine.architecture}: the lab's programs are built for x86_64 and aarch64 only")
    if machine.missing_programs:
        found.append(f"programs missing: {', '.join(machine.missing_programs)}; install their Debian packages")
    found += [f"kernel or container lacks {feature}" for feature in machine.missing_features]
    lacking = [name for name in CONTROLLERS if name not in machine.controllers]
    if lacking:
        found.append(f"control groups: no {', '.join(lacking)} controller is mounted below /sys/fs/cgroup")
    if machine.controllers_locked:
        found.append(
            "control groups: /sys/fs/cgroup is not this machine's root group and has processes, so that hosts can't get"
            " its controllers; run the lab outside the container, or move its processes into a group of their own"
        )
    free = machine.inotify_limit - machine.inotify_used
    if free < hosts * INOTIFY_PER_HOST:
        found.append(
            f"inotify: {free} of {machine.inotify_limit} instances are free, {hosts} hosts need"
            f" {hosts * INOTIFY_PER_HOST}; raise the limit: sysctl fs.inotify.max_user_instances=1024"
        )
    if machine.memory_available < hosts * MEMORY_PER_HOST:
        found.append(f"memory: {_gib(machine.memory_available)} available, {hosts} hosts need {hosts} GiB; use fewer")
    if machine.disk_free < DISK:
        found.append(f"disk: {_gib(machine.disk_free)} free for {CACHE} and {REPOSITORY}, a lab needs {_gib(DISK)}")
    return found


def look_at_machine() -> Machine:
    """Reads the facts. Changes nothing: it tests features in temporary namespaces."""
    hierarchies = machine_hierarchies()
    is_root = os.geteuid() == 0
    missing_programs = tuple(name for name in PROGRAMS if shutil.which(name) is None)
    can_probe = is_root and not missing_programs
    return Machine(
        architecture=platform.machine(),
        is_root=is_root,
        missing_programs=missing_programs,
        missing_features=_missing_features() if can_probe else (),
        controllers=_controllers(hierarchies),
        controllers_locked=_controllers_locked(hierarchies),
        inotify_limit=int(Path("/proc/sys/fs/inotify/max_user_instances").read_text()),
        inotify_used=_inotify_instances(Path("/proc")),
        memory_available=_memory_available(Path("/proc/meminfo").read_text()),
        disk_free=min(shutil.disk_usage(_existing(folder)).free for folder in (CACHE, REPOSITORY)),
    )


def _missing_features() -> tuple[str, ...]:
    """Output of probe.sh: one line for each missing feature."""
    folders = [str(_existing(folder)) for folder in (CACHE, REPOSITORY)]
    command = ["unshare", "--mount", "--net", "--propagation", "private", "bash", str(PROBE), *folders]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        return (f"namespaces of one's own ({' '.join(result.stderr.split()) or 'unshare failed'})",)
    return tuple(result.stdout.splitlines())


def _controllers(hierarchies: Iterable[Hierarchy]) -> frozenset[str]:
    found: set[str] = set()
    for hierarchy in hierarchies:
        found.update(hierarchy.controllers.split(","))
        offered = hierarchy.folder / "cgroup.controllers"
        if offered.exists():
            found.update(offered.read_text().split())
    return frozenset(found)


def _controllers_locked(hierarchies: list[Hierarchy]) -> bool:
    """For version 2 alone, in a container: only the machine's root group may have both processes and child
    controllers."""
    if not version_2_alone(hierarchies):
        return False
    root = hierarchies[0].folder
    given = set((root / "cgroup.subtree_control").read_text().split())
    is_machines_root = not (root / "cgroup.type").exists()
    has_processes = bool((root / "cgroup.procs").read_text().strip())
    return not set(CONTROLLERS) <= given and not is_machines_root and has_processes


def _inotify_instances(proc: Path) -> int:
    """inotify instances of root's processes. The kernel counts them by user over all namespaces."""
    count = 0
    for process in proc.iterdir():
        try:
            if process.name.isdigit() and process.stat().st_uid == 0:
                count += sum(str(file.readlink()) == "anon_inode:inotify" for file in (process / "fd").iterdir())
        except OSError:
            continue
    return count


def _memory_available(meminfo: str) -> int:
    return int(meminfo.partition("MemAvailable:")[2].split()[0]) * 1024


def _existing(folder: Path) -> Path:
    """The folder, or its nearest existing parent."""
    return next(each for each in (folder, *folder.parents) if each.is_dir())


def _gib(size: int) -> str:
    return f"{size / GIB:.1f} GiB"
