"""Power of a host: on, off, cut, reboot. Sends requests to the supervisor, and waits for the result."""

import signal
import time
from datetime import UTC, datetime
from pathlib import Path

from lab.hosts.process import Process, read_process
from lab.hosts.spec import HostState
from lab.hosts.store import HostError, Record, host_folder, required_record
from lab.hosts.supervisor import kill, supervise
from lab.lab import Lab

BOOT_SECONDS = 30
"""Time limit until a host's first process is systemd. Normally it takes 0.1 s."""
# systemd's signals for an orderly power-off and reboot.
_POWER_OFF = signal.SIGRTMIN + 4
_REBOOT = signal.SIGRTMIN + 5


def host_state(lab: Lab, record: Record) -> HostState:
    """State of the host's power."""
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
    """Starts the host if it is off. Returns when its init is systemd. Raises HostError otherwise."""
    supervise(lab, record)
    _wait_for_systemd(lab, record.spec.name, before=None)


def stop_host(lab: Lab, name: str, seconds: float = 120) -> None:
    """Shuts the host down in order. Returns when it is off. Raises HostError after `seconds`."""
    required_record(lab, name)
    deadline = time.monotonic() + seconds
    while (init := running_init(lab, name)) is not None:
        # Repeat the signal: an init that has just started ignores it.
        init.send(_POWER_OFF)
        if init.ended_within(2):
            break
        if time.monotonic() > deadline:
            raise HostError(f"host {name}: is still shutting down after {seconds:.0f} s; cut its power instead")
    _wait_for_supervisor(lab, name)


def cut_power(lab: Lab, name: str) -> None:
    """Kills the host, like a power cut. Returns when none of its processes runs."""
    required_record(lab, name)
    kill(name, host_folder(lab, name).init)
    _wait_for_supervisor(lab, name)


def reboot(lab: Lab, name: str, seconds: float = 120) -> None:
    """Restarts the host in order. Returns when the new init runs. Raises HostError if it is off, or after the time
    limit."""
    required_record(lab, name)
    init = running_init(lab, name)
    if init is None:
        raise HostError(f"host {name}: is off; start it instead")
    init.send(_REBOOT)
    if not init.ended_within(seconds):
        raise HostError(f"host {name}: is still shutting down after {seconds:.0f} s; cut its power instead")
    _wait_for_systemd(lab, name, before=init)


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
