"""Ends mariadbd on a member that is of no use, or that blocks the others. systemd starts it again.

It ends mariadbd in these states:

- mariadbd has left the cluster and still runs. This was seen when two members came back together, and one copied the
  writes that it had missed from the other, which had only just received them. Galera logs `node restart required` and
  does nothing. A member that is only outvoted is still connected, so it is not ended.
- The member is synced, but has no thread that applies the writes of others. Then commits wait on all members (MariaDB's
  issue MDEV-38843). mariadbd would ignore an order to stop, so it is killed.
- The disk of its data is full. The member is still synced, so it stays the writer, and writes fail. It leaves the
  cluster. start.py lets it come back when there is room.
- The disk accepts no writes, and reports no error. Then commits wait on all members. mariadbd is killed.

With a full or frozen disk, a member is not ended while no other member can take its place.

A frozen disk may block every thread that uses it. The main thread decides, and does not use the disk.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Generic, TypeVar

DATA = Path("/var/lib/mysql")
MEMBERS = Path("/etc/default/galera-member")
PROCESSES = Path("/proc")
HEALTH_PORT = 9200
LOOK_SECONDS = 5
TIMES = 3
FULL_BYTES = 64 * 1024**2
"""InnoDB's own file grows by this much at a time."""
QUESTION = ["mariadb", "--no-defaults", "--skip-column-names", "--connect-timeout=2", "-e"]
STATUS = (
    "SHOW GLOBAL STATUS WHERE Variable_name IN"
    " ('wsrep_connected', 'wsrep_local_state', 'wsrep_applier_thread_count', 'wsrep_last_committed')"
)
SYNCED = "4"
SILENT = ("ERROR 2013", "(11 ", "(110 ")
"""Errors of the client when a server accepts a connection, or leaves it waiting, and sends nothing."""
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Fault:
    """What is wrong, and what ends it."""

    words: str
    kills: bool = False
    """Whether to kill mariadbd. If not, systemd restarts it, unless it was ordered to stop before."""
    of_disk: bool = False


OUTSIDE = Fault("mariadbd has left the cluster and stays out: restarting it")
STUCK = Fault("mariadbd has nothing left that applies writes, and holds up all members: killing it", kills=True)
FULL = Fault(f"the disk of {DATA} is full: mariadbd leaves the cluster until there is room", of_disk=True)
FROZEN = Fault(f"the disk of {DATA} takes no writes, and holds up all members: killing mariadbd", True, of_disk=True)


@dataclass(frozen=True)
class Look:
    """The state at one moment."""

    status: Mapping[str, str] | None = field(default_factory=dict)
    """Status variables of the server. Empty: it accepts no connection, for example while it starts or stops. None: it
    does not answer."""
    free: int | None = FULL_BYTES
    """Bytes that mariadbd may still write. None: the disk does not answer."""

    @property
    def is_synced(self) -> bool:
        """Whether it is a member with all data."""
        return bool(self.status) and (self.status or {}).get("wsrep_local_state") == SYNCED

    def commits_since(self, before: "Look") -> bool:
        """Whether there have been commits."""
        name = "wsrep_last_committed"
        return bool(self.status) and (self.status or {}).get(name) != (before.status or {}).get(name)


class Asked(Generic[Answer]):
    """Repeats a question in a thread of its own. That thread may get stuck."""

    def __init__(self, question: Callable[[], Answer], first: Answer) -> None:
        self.question, self.last, self.when = question, first, time.monotonic()

    def start(self) -> None:
        """Begins to ask."""
        threading.Thread(target=self._ask, daemon=True).start()

    def _ask(self) -> None:
        while True:
            self.last = self.question()
            self.when = time.monotonic()
            time.sleep(LOOK_SECONDS)

    def answer(self) -> Answer | None:
        """The last answer. None: it has been overdue for 5 seconds."""
        return self.last if time.monotonic() - self.when < 2 * LOOK_SECONDS else None


def ask_server() -> Mapping[str, str] | None:
    """Its status: see Look."""
    try:
        answer = subprocess.run([*QUESTION, STATUS], capture_output=True, text=True, timeout=LOOK_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None
    if any(words in answer.stderr for words in SILENT):
        return None
    words = answer.stdout.split()
    return dict(zip(words[::2], words[1::2], strict=False))


def ask_disk() -> int:
    """Writes to the disk as the server does, and waits until the data is there. Returns the free bytes."""
    probe = DATA / ".galera-watch"
    with suppress(OSError):  # of no interest: the server notices for itself
        with probe.open("w") as file:
            file.write("x")
            file.flush()
            os.fsync(file.fileno())
        probe.unlink()
    try:
        disk = os.statvfs(DATA)
    except OSError:
        return FULL_BYTES
    return disk.f_bavail * disk.f_frsize


def read_members() -> tuple[int, tuple[str, ...]]:
    """This member's place among all, and the others' addresses. start.py reads the same file."""
    try:
        settings = dict(line.split("=", 1) for line in MEMBERS.read_text().splitlines() if "=" in line)
        addresses = dict(member.split("=") for member in settings["MEMBERS"].split(","))
        place = list(addresses).index(settings["MEMBER"])
    except (OSError, KeyError, ValueError):
        return 0, ()
    return place, tuple(address for name, address in addresses.items() if name != settings["MEMBER"])


def find_fault(look: Look, before: Look) -> Fault | None:
    """What is wrong with the server, by this look and by the one before at which it answered.

    A server that hangs may have started after that look, or may be stopping. It is killed, too: a stop then ends
    sooner.
    """
    status = look.status or {}
    if status.get("wsrep_connected") == "OFF":
        return OUTSIDE
    if look.is_synced and status.get("wsrep_applier_thread_count") == "0":
        return STUCK
    if look.free is None:
        hangs = look.status is None and (before.is_synced or not before.status)
        return FROZEN if hangs or (look.is_synced and not look.commits_since(before)) else None
    return FULL if look.is_synced and look.free < FULL_BYTES else None


def has_stand_in(others: tuple[str, ...]) -> bool:
    """Whether clients could use another member now."""
    return any(_is_fit(address) for address in others)


def _is_fit(address: str) -> bool:
    connection = HTTPConnection(address, HEALTH_PORT, timeout=2)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def end(fault: Fault) -> None:
    """Ends the server. An earlier order, for example to stop, has priority over a restart."""
    if not fault.kills:
        subprocess.run(["systemctl", "--job-mode=fail", "--no-block", "try-restart", "mariadb.service"], check=False)
        return
    for process in _servers():
        os.kill(process, signal.SIGKILL)


def _servers() -> Iterator[int]:
    """Processes of mariadb.service: another one may run in a pod."""
    for folder in PROCESSES.glob("[0-9]*"):
        with suppress(OSError):
            named = (folder / "comm").read_text().strip() in ("mariadbd", "mysqld")
            if named and "/mariadb.service" in (folder / "cgroup").read_text():
                yield int(folder.name)


@dataclass
class Patience:
    """Waits until a fault has been there at some looks in a row."""

    before: Look = field(default_factory=Look)
    fault: Fault | None = None
    times: int = 0

    def due(self, look: Look, place: int, has_stand_in: Callable[[], bool]) -> Fault | None:
        """What has to be ended now. `place`: this member's among all.

        If the disks of several members are full, they leave one after another, and the last one stays.
        """
        fault = find_fault(look, self.before)
        self.times = self.times + 1 if fault == self.fault else 1
        self.fault = fault
        if look.status is not None:
            self.before = look
        if fault is None or self.times < TIMES + (place if fault == FULL else 0):
            return None
        if fault.of_disk and not has_stand_in():
            return None
        self.times = 0
        return fault


def main() -> None:
    """Looks every 5 seconds; acts after 15 seconds of the same."""
    server = Asked[Mapping[str, str] | None](ask_server, {})
    disk = Asked(ask_disk, FULL_BYTES)
    members = Asked[tuple[int, tuple[str, ...]]](read_members, (0, ()))
    server.start()
    disk.start()
    members.start()
    has_stand_in(("127.0.0.1",))  # loads what Python needs for it, while the disk answers
    patience = Patience()
    while True:
        time.sleep(LOOK_SECONDS)
        place, others = members.last
        if fault := patience.due(Look(server.answer(), disk.answer()), place, partial(has_stand_in, others)):
            print(fault.words, flush=True)
            end(fault)


if __name__ == "__main__":
    main()
