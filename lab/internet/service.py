"""Services of the lab: programs that run beside the hosts. A record on disk finds a running service again."""

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
"""How /proc/net/tcp writes the state of a listening socket."""
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ServiceError(Exception):
    """A service of the lab does not run. The message is one line with its name, the cause and the log to read."""


@dataclass(frozen=True)
class Service:
    """What to run, in which of the lab's networks, and how to find out that it is ready."""

    name: str
    role: str
    """Namespace: one of lab.ROLES."""
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    listens: tuple[tuple[str, int], ...] = ()
    """IPv4 addresses and TCP ports. The service is ready once it listens on all of them."""
    socket: Path | None = None
    """A Unix socket. The service is ready once it exists."""
    sources: tuple[Path, ...] = ()
    """Files that it reads when it starts. When one of them changes, it must restart."""

    @property
    def fingerprint(self) -> str:
        """A hash of everything that it is started with. A hash, because the environment may hold secrets."""
        files = {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in self.sources}
        wanted = [self.role, self.command, dict(self.environment), files]
        return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()


def ensure_service(lab: Lab, service: Service, report: Report) -> bool:
    """Start the service, or restart it if it has changed. Returns whether it had to. Raises ServiceError."""
    running = _recorded(lab, service.name)
    if running is not None and running[0].running() and running[1] == service.fingerprint:
        return False
    with report.begin(service.name, "starting", minor=True) as task:
        stop_service(lab, service.name)
        _start(lab, service)
        task.done("started")
    return True


def stop_service(lab: Lab, name: str) -> None:
    """Stop the service: SIGTERM first, then SIGKILL. It is no error if it does not run."""
    recorded = _recorded(lab, name)
    if recorded is not None:
        process, _ = recorded
        process.send(signal.SIGTERM)
        if not process.ended_within(STOP_SECONDS):
            process.send(signal.SIGKILL)
            process.ended_within(STOP_SECONDS)
        service_record(lab, name).unlink(missing_ok=True)


def stop_services(lab: Lab) -> None:
    """Stop all services of this lab."""
    for record in (lab.root / "services").glob("*.json"):
        stop_service(lab, record.stem)


def service_log(lab: Lab, name: str) -> Path:
    """The file with the service's output."""
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
            start_new_session=True,  # it must survive this command, and Ctrl-C in its terminal
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
    """IPv4 addresses and TCP ports with a listener in a process' network. Empty if the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return set()
    return {_address(fields[1]) for fields in map(str.split, lines) if fields[3] == LISTENING}


def _address(text: str) -> tuple[str, int]:
    """Parses an address like `0200A8C0:0050`, as the kernel writes it: the address is in this machine's byte order."""
    address, port = text.split(":")
    return socket.inet_ntoa(struct.pack("=I", int(address, 16))), int(port, 16)


def refuse_long_socket(path: Path) -> None:
    """Raises ServiceError if a path is longer than the kernel allows for a socket."""
    longest = 107
    if len(os.fsencode(path)) > longest:
        raise ServiceError(
            f"{path} is too long for a socket (more than {longest} bytes): use a shorter path for this clone"
        )


def last_line(log: Path) -> str:
    """The last line of a log, cut after 300 characters."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return lines[-1][:300] if lines else "its log is empty"


def service_record(lab: Lab, name: str) -> Path:
    """JSON with the service's `pid` and `start` (see Process). The file exists while the service should run."""
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
    """The Python files of one of the lab's packages, as the sources of a service."""
    return sorted((REPOSITORY / module.replace(".", "/")).glob("*.py"))
