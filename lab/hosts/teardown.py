"""Removes a whole lab: hosts, processes in its network, the network, and control groups."""

import os
import shutil
import signal
from pathlib import Path

from lab.hosts.cgroups import remove_groups
from lab.hosts.lifecycle import delete_host
from lab.hosts.process import Process, find_process
from lab.hosts.store import hosts_folder, lab_groups_file
from lab.hosts.volumes import release_all, volumes_folder
from lab.lab import Lab
from lab.network import delete_network, lab_namespaces

GRACE_SECONDS = 5
"""Seconds for a process in the lab's network to end by itself."""


def delete_lab(lab: Lab) -> None:
    """Removes all namespaces, mounts, processes, block devices and control groups of this lab. Its folder stays.

    It ends processes of hosts, and processes in the lab's network namespaces (services and the operator's).
    """
    folder = hosts_folder(lab)
    groups = _lab_groups(lab)
    for name in _host_names(folder):
        delete_host(lab, name)
    end_processes(processes_in_network(lab))
    remove_groups(groups)
    delete_network(lab)
    release_all(lab)
    for each in (folder, volumes_folder(lab)):
        if each.is_dir():
            shutil.rmtree(each)


def processes_in_network(lab: Lab) -> list[Process]:
    """Processes in the lab's network namespaces, except this process and its ancestors."""
    inodes = {path.stat().st_ino for path in lab_namespaces(lab)}
    spared = _ancestors()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in spared:
            continue
        try:
            inside = (entry / "ns/net").stat().st_ino in inodes
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        process = find_process(int(entry.name)) if inside else None
        if process is not None:
            found.append(process)
    return found


def end_processes(processes: list[Process]) -> None:
    """Ends processes: first by SIGTERM, then by SIGKILL."""
    for process in processes:
        process.send(signal.SIGTERM)
    for process in processes:
        if not process.ended_within(GRACE_SECONDS):
            process.send(signal.SIGKILL)
            process.ended_within(GRACE_SECONDS)


def _ancestors() -> set[int]:
    """This process and its ancestors: teardown must not end its own caller."""
    pids, pid = set(), os.getpid()
    while pid > 0 and pid not in pids:
        pids.add(pid)
        status = Path(f"/proc/{pid}/status").read_text()
        pid = int(status.partition("PPid:")[2].split()[0])
    return pids


def _host_names(folder: Path) -> list[str]:
    """Existing hosts, and hosts whose deletion was interrupted (`.deleted-NAME-1a2b3c4d`)."""
    names = {path.name for path in folder.glob("[!.]*")}
    names |= {path.name.removeprefix(".deleted-").rpartition("-")[0] for path in folder.glob(".deleted-*")}
    return sorted(names)


def _lab_groups(lab: Lab) -> list[Path]:
    """The lab's own control groups, from wherever its hosts were started."""
    file = lab_groups_file(lab)
    return sorted({Path(line) for line in file.read_text().splitlines()}) if file.exists() else []
