"""A program of the lab that runs beside the hosts: started once, found again by its record, ended by it."""

import hashlib
import json
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.files import replace
from lab.hosts.process import Process, find_process
from lab.lab import REPOSITORY, Lab, lab_environment
from lab.network import namespace_command
from lab.progress import Report

START_SECONDS = 30
STOP_SECONDS = 10
LISTENING = "0A"
"""State of a listening socket in /proc/net/tcp."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ServiceError(Exception):
    """A service of the lab does not run: one line with its name, the cause and the log to read."""


@dataclass(frozen=True)
class Service:
    """What to run, in which of the lab's networks, and how to tell that it works."""

    name: str
    role: str
    """Namespace: one of lab.ROLES."""
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    listens: tuple[tuple[str, int], ...] = ()
    """IPv4 addresses and TCP ports: it works once it listens on all of them."""
    socket: Path | None = None
    """A socket that is there once it works."""
    sources: tuple[Path, ...] = ()
    """Files that it reads at its start: when one of them changes, it is started anew."""

    @property
    def fingerprint(self) -> str:
        """What it is started with, as a hash: environments may hold secrets."""
        files = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in self.sources}
        wanted = [self.role, self.command, dict(self.environment), files]
        return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()


def ensure_service(lab: Lab, service: Service, report: Report) -> bool:
    """Start it unless it runs already, as it is wanted now. Whether it had to be started. Raises ServiceError."""
    running = _recorded(lab, service.name)
    if running is not None and running[0].running() and running[1] == service.fingerprint:
        return False
    with report.begin(service.name, "starting", minor=True) as task:
        stop_service(lab, service.name)
        _start(lab, service)
        task.done("started")
    return True


def stop_service(lab: Lab, name: str) -> None:
    """End it, in order if it can. One that does not run is no error."""
    recorded = _recorded(lab, name)
    if recorded is not None:
        process, _ = recorded
        process.send(signal.SIGTERM)
        if not process.ended_within(STOP_SECONDS):
            process.send(signal.SIGKILL)
            process.ended_within(STOP_SECONDS)
        service_record(lab, name).unlink(missing_ok=True)


def stop_services(lab: Lab) -> None:
    """End all services that this lab has started."""
    for record in (lab.root / "services").glob("*.json"):
        stop_service(lab, record.stem)


def service_log(lab: Lab, name: str) -> Path:
    """What the service prints."""
    return lab.logs / f"{name}.log"


def _start(lab: Lab, service: Service) -> None:
    if service.socket is not None:
        refuse_long_socket(service.socket)
        service.socket.unlink(missing_ok=True)
    record = service_record(lab, service.name)
    record.parent.mkdir(exist_ok=True)
    with service_log(lab, service.name).open("ab") as log:
        child = subprocess.Popen(
            namespace_command(lab, service.role, service.command),
            cwd=REPOSITORY,
            env={"PATH": PATH, "HOME": str(lab.root), **lab_environment(lab), **service.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # it outlives this command, and its terminal's interrupt key
        )
    process = find_process(child.pid)
    if process is not None:
        known = {"pid": process.pid, "start": process.start, "fingerprint": service.fingerprint}
        replace(record, json.dumps(known))
    _await(lab, service, child)


def _await(lab: Lab, service: Service, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _works(service, child.pid):
        ended, late = child.poll() is not None, time.monotonic() > deadline
        if ended or late:
            cause = f"ended with status {child.returncode}" if ended else f"not ready after {START_SECONDS} s"
            log = service_log(lab, service.name)
            stop_service(lab, service.name)
            raise ServiceError(f"{service.name}: {cause}: {last_line(log)} (log: {log})")
        time.sleep(0.05)


def _works(service: Service, pid: int) -> bool:
    if service.socket is not None and not service.socket.is_socket():
        return False
    return set(service.listens) <= listening(pid)


def listening(pid: int) -> set[tuple[str, int]]:
    """IPv4 addresses and ports on which anything listens for TCP in a process' network; none if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return set()
    return {_address(fields[1]) for fields in map(str.split, lines) if fields[3] == LISTENING}


def _address(text: str) -> tuple[str, int]:
    """`0200A8C0:0050` as the kernel writes it, the address in this machine's order of bytes."""
    address, port = text.split(":")
    return socket.inet_ntoa(struct.pack("=I", int(address, 16))), int(port, 16)


def refuse_long_socket(path: Path) -> None:
    """Raises ServiceError for a path that the kernel can't give to a socket."""
    longest = 107
    if len(os.fsencode(path)) > longest:
        raise ServiceError(f"{path} is too long for a socket (more than {longest} bytes): move this clone higher up")


def last_line(log: Path) -> str:
    """The last line of a log; how it begins, at least, where it is long."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return lines[-1][:300] if lines else "it said nothing"


def service_record(lab: Lab, name: str) -> Path:
    """JSON with the service's `pid` and `start` (see Process); there while it is meant to run."""
    return lab.root / "services" / f"{name}.json"


def _recorded(lab: Lab, name: str) -> tuple[Process, str] | None:
    try:
        found = json.loads(service_record(lab, name).read_text())
    except FileNotFoundError:
        return None
    return Process(found["pid"], found["start"]), found["fingerprint"]


def command(*arguments: str | Path) -> tuple[str, ...]:
    """A command line from words and paths."""
    return tuple(str(argument) for argument in arguments)


def sources_of(module: str) -> Sequence[Path]:
    """The Python files of one of the lab's packages, for a service that is made of them."""
    return sorted((REPOSITORY / module.replace(".", "/")).glob("*.py"))
