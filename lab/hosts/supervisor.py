"""Starts and ends a host's supervisor, the process that boots the host and waits for its end: see supervise.sh."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.files import replace
from lab.hosts.cgroups import Limits, machine_hierarchies, make_groups
from lab.hosts.process import read_process
from lab.hosts.store import Folder, HostError, Record, host_folder, lab_groups_file
from lab.lab import ROUTER, Lab
from lab.network import interface_name

LOCK_SECONDS = 10
"""Seconds for which an unknown process may hold the host's lock: a start in progress, or a leftover of a kill."""


def supervise(lab: Lab, record: Record) -> None:
    """Starts the host's supervisor, unless it runs. Raises HostError."""
    name, folder = record.spec.name, host_folder(lab, record.spec.name)
    with _lock_file(folder) as lock:
        for taken in _tries(name, folder, lock):
            if taken:
                folder.supervisor.unlink(missing_ok=True)
                folder.init.unlink(missing_ok=True)
                _make_groups(lab, record)
                _start(lab, name, lock)
                return
            supervisor = read_process(folder.supervisor)
            if supervisor is not None and supervisor.running():
                return


def end_host(lab: Lab, name: str) -> None:
    """Kills supervisor and host in any state. Raises HostError."""
    folder = host_folder(lab, name)
    with _lock_file(folder) as lock:
        for taken in _tries(name, folder, lock):
            # The supervisor first: it would restart the host. Its end kills the host.
            kill(name, folder.supervisor)
            kill(name, folder.init)
            if taken:
                return


def kill(name: str, file: Path) -> None:
    """Kills the recorded process, if it runs. Returns when it has ended. Raises HostError."""
    process = read_process(file)
    if process is not None:
        process.send(signal.SIGKILL)
        if not process.ended_within(10):
            raise HostError(f"host {name}: process {process.pid} can't be ended; see `ps -o stat,wchan {process.pid}`")


def host_groups(lab: Lab, name: str) -> list[Path]:
    """Folders of the host's control groups."""
    try:
        lines = host_folder(lab, name).cgroups.read_text().splitlines()
    except FileNotFoundError:
        return []
    return [Path(line.split(" ", 1)[1]) for line in lines]


@contextmanager
def _lock_file(folder: Folder) -> Iterator[int]:
    """The open lock file. Processes that inherit it hold the lock, too."""
    descriptor = os.open(folder.power_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _tries(name: str, folder: Folder, lock: int) -> Iterator[bool]:
    """Tries repeatedly to get the lock. Whether it succeeded."""
    deadline = time.monotonic() + LOCK_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            time.sleep(0.02)
        else:
            yield True
    raise HostError(f"host {name}: what holds its lock neither starts nor ends it; see `fuser {folder.power_lock}`")


def _start(lab: Lab, name: str, lock: int) -> None:
    folder = host_folder(lab, name)
    arguments = [str(folder.path), lab.namespace(name), lab.namespace(ROUTER), interface_name(name)]
    with folder.console.open("ab") as console:
        # In its own session, and not as a child: it outlives the command that started it.
        subprocess.run(
            ["setsid", "--fork", "bash", str(folder.path / "supervise.sh"), *arguments],
            stdin=lock,
            stdout=console,
            stderr=console,
            cwd="/",
            env={"PATH": os.environ["PATH"]},  # and none of the caller's secrets
            check=True,
        )


def _make_groups(lab: Lab, record: Record) -> None:
    """Creates the host's control groups. Records them first, so that a kill leaves no unknown group."""
    name, hierarchies = record.spec.name, machine_hierarchies()
    with lab_groups_file(lab).open("a") as file:
        file.writelines(f"{each.folder / lab.id}\n" for each in hierarchies)
    lines = [f"{each.controllers} {each.folder / lab.id / name}\n" for each in hierarchies]
    replace(host_folder(lab, name).cgroups, "".join(lines))
    make_groups(hierarchies, lab.id, name, Limits(record.spec.memory_bytes, record.spec.cpus))
