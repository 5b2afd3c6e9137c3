"""A host's power: on, off, cut, reboot. The supervisor does it; here it is started, told, and waited for."""

import os
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from lab.hosts.cgroups import Limits, machine_hierarchies, make_groups
from lab.hosts.process import Process, read_process
from lab.hosts.spec import HostState
from lab.hosts.store import HostError, Record, host_folder, lab_groups_file, required_record
from lab.lab import ROUTER, Lab
from lab.network import interface_name

BOOT_SECONDS = 30
"""How long a host's first process may take to become systemd; it takes a tenth of a second."""
# systemd's own signals for an orderly power-off and reboot.
_POWER_OFF = signal.SIGRTMIN + 4
_REBOOT = signal.SIGRTMIN + 5


def host_state(lab: Lab, record: Record) -> HostState:
    """What the host is doing now."""
    folder = host_folder(lab, record.spec.name)
    init = running_init(lab, record.spec.name)
    since = None
    if init is not None:
        try:
            since = datetime.fromtimestamp(folder.init.stat().st_mtime, UTC)
        except FileNotFoundError:
            init = None
    pid = init.pid if init else None
    return HostState(
        name=record.spec.name,
        private_address=record.spec.private_address,
        public_address=record.spec.public_address,
        running=init is not None,
        pid=pid,
        since=since,
        cloud=record.spec.cloud,
        public_ipv6=record.spec.global_ipv6,
        volumes=tuple(volume.id for volume in record.spec.volumes),
    )


def running_init(lab: Lab, name: str) -> Process | None:
    """The host's first process; None when the host is off."""
    init = read_process(host_folder(lab, name).init)
    return init if init and init.running() else None


def power_on(lab: Lab, record: Record) -> None:
    """Start the host if it is off; returns when its init is systemd. Raises HostError if that does not happen."""
    name, folder = record.spec.name, host_folder(lab, record.spec.name)
    supervisor = read_process(folder.supervisor)
    if supervisor is None or not supervisor.running():
        folder.supervisor.unlink(missing_ok=True)
        folder.init.unlink(missing_ok=True)
        _make_groups(lab, record)
        arguments = [str(folder.path), lab.namespace(name), lab.namespace(ROUTER), interface_name(name)]
        with folder.console.open("ab") as console:
            # A session of its own, and no child of ours: it outlives the command that started it.
            subprocess.run(
                ["setsid", "--fork", "bash", str(folder.path / "supervise.sh"), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                cwd="/",
                env={"PATH": os.environ["PATH"]},  # and none of the caller's secrets
                check=True,
            )
    _wait_for_systemd(lab, name, before=None)


def stop_host(lab: Lab, name: str, seconds: float = 120) -> None:
    """Shut the host down in order; returns when it is off. Raises HostError if it is not within `seconds`."""
    required_record(lab, name)
    deadline = time.monotonic() + seconds
    while (init := running_init(lab, name)) is not None:
        # Again and again: an init that has only just started would not hear it.
        init.send(_POWER_OFF)
        if init.ended_within(2):
            break
        if time.monotonic() > deadline:
            raise HostError(f"host {name}: is still shutting down after {seconds:.0f} s; cut its power instead")
    _wait_for_supervisor(lab, name)


def cut_power(lab: Lab, name: str) -> None:
    """End the host at once, as if its plug were pulled; returns when nothing of it runs."""
    required_record(lab, name)
    init = running_init(lab, name)
    if init is not None:
        init.send(signal.SIGKILL)
        if not init.ended_within(10):
            raise HostError(f"host {name}: process {init.pid} can't be ended; see `ps -o stat,wchan {init.pid}`")
    _wait_for_supervisor(lab, name)


def reboot(lab: Lab, name: str, seconds: float = 120) -> None:
    """Restart the host in order; returns when the new init runs. Raises HostError if it is off, or takes longer."""
    required_record(lab, name)
    init = running_init(lab, name)
    if init is None:
        raise HostError(f"host {name}: is off; start it instead")
    init.send(_REBOOT)
    if not init.ended_within(seconds):
        raise HostError(f"host {name}: is still shutting down after {seconds:.0f} s; cut its power instead")
    _wait_for_systemd(lab, name, before=init)


def end_host(lab: Lab, name: str) -> None:
    """End supervisor and host by force, whatever state they are in."""
    folder = host_folder(lab, name)
    # First the one that would start the other again. It takes the host with it.
    for file in (folder.supervisor, folder.init):
        process = read_process(file)
        if process is not None:
            process.send(signal.SIGKILL)
            if not process.ended_within(10):
                raise HostError(f"host {name}: process {process.pid} can't be ended; see `ps -o stat {process.pid}`")


def host_groups(lab: Lab, name: str) -> list[Path]:
    """Folders of the host's control groups."""
    try:
        lines = host_folder(lab, name).cgroups.read_text().splitlines()
    except FileNotFoundError:
        return []
    return [Path(line.split(" ", 1)[1]) for line in lines]


def _make_groups(lab: Lab, record: Record) -> None:
    """Make the host's control groups, which are written down before they are there; the lab's for the lab's end."""
    name, hierarchies = record.spec.name, machine_hierarchies()
    with lab_groups_file(lab).open("a") as file:
        file.writelines(f"{each.folder / lab.id}\n" for each in hierarchies)
    lines = [f"{each.controllers} {each.folder / lab.id / name}\n" for each in hierarchies]
    host_folder(lab, name).cgroups.write_text("".join(lines))
    make_groups(hierarchies, lab.id, name, Limits(record.spec.memory_bytes, record.spec.cpus))


def _wait_for_systemd(lab: Lab, name: str, before: Process | None) -> None:
    folder = host_folder(lab, name)
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline:
        init = running_init(lab, name)
        if init is not None and init != before and _command_name(init) == "systemd":
            return
        supervisor = read_process(folder.supervisor)
        if supervisor is not None and not supervisor.running():
            break
        time.sleep(0.02)
    lines = folder.console.read_text(errors="replace").splitlines() or ["no word from its supervisor"]
    raise HostError(f"host {name}: did not start: {lines[-1]} (log: {folder.console})")


def _wait_for_supervisor(lab: Lab, name: str) -> None:
    supervisor = read_process(host_folder(lab, name).supervisor)
    if supervisor is not None and not supervisor.ended_within(10):
        raise HostError(f"host {name}: has ended, but its supervisor {supervisor.pid} has not")


def _command_name(process: Process) -> str:
    try:
        return Path(f"/proc/{process.pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""
