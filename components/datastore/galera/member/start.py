"""Runs on a member before each start of mariadbd. Decides whether the member joins the cluster or bootstraps it.

After an outage of all members, no cluster exists to join. A member bootstraps only when this can neither lose a write
nor create a second cluster. Either every member has reported that it is stopped, with the position of its data, and all
name this member as the one with the newest data. Or this member was the last one to stop in order (Galera's own
`safe_to_bootstrap`). Members that lost power together can also recover by Galera's `pc.recovery`. If a member that had
left earlier comes back first, they agree as above instead. Somebody may also run galera_new_cluster here; then the
members that do not answer are not checked.

A member whose disk is full stays out while the others go on: see watch.py, which makes it leave.

The health service (health.py) reports this member's state to the others. Uses only the standard library.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path

DATA = Path("/var/lib/mysql")
PUBLISHED = Path("/run/galera-member/position")
NEW_CLUSTER = Path("/run/galera-member/new-cluster")
BY_HAND = "_WSREP_NEW_CLUSTER"
"""Environment variable of galera_new_cluster. (mariadb.service removes our own file with it when it stops.)"""
HEALTH_PORT = 9200
ADDRESS_SECONDS = 120
VIEW_SECONDS = 20
LAST_TO_LEAVE_SECONDS = 60
TURN_SECONDS = 120
LIMIT_SECONDS = 300
ROOM_BYTES = 256 * 1024**2
"""A member starts only with so much free disk space. It leaves with less than a quarter of it: watch.py, FULL_BYTES."""


@dataclass(frozen=True)
class Position:
    """The state of one member, as health.py reports it."""

    state: str = "unknown"
    """`new` (never started), `waiting` (decides), `starting`, `running`, `unknown` (no answer)."""
    primary: bool = False
    """Whether it is part of a working cluster."""
    synced: bool = False
    """Whether it has all data of the cluster."""
    uuid: str = ""
    """Id of the cluster that its data belongs to; empty without data."""
    seqno: int = -1
    """Sequence number of its last write."""
    safe: bool = False
    """Whether it was the last member to stop in order."""
    view: bool = False
    """Whether it has a record of its peers from before a power loss."""
    leader: str = ""
    """The member that it expects to start the cluster."""


@dataclass(frozen=True)
class Decision:
    """`join`, `bootstrap`, `wait` or `refuse`; the leader to wait for; and the reason for the log."""

    action: str
    why: str
    leader: str = ""
    recalls: bool = False
    """Whether it joins by its record of the cluster before the outage."""


def decide(me: str, seen: Mapping[str, Position], waited: float) -> Decision:
    """What this member does, given the states of all members (in the settings' order) after `waited` seconds."""
    own = seen[me]
    others = {name: position for name, position in seen.items() if name != me}
    for name, position in others.items():
        if position.primary:
            return join_in_turn(me, seen, waited, f"{name} has the cluster")
    silent = [name for name, position in others.items() if position.state == "unknown"]
    if all(position.state in {"new", "waiting"} for position in others.values()):
        return agree(me, seen)
    if own.leader and own.leader != me:
        return Decision("wait", f"{own.leader} starts the cluster", own.leader)
    if own.safe and waited >= LAST_TO_LEAVE_SECONDS:
        return Decision("bootstrap", "was the last to leave the cluster")
    if own.view and (not silent or waited >= VIEW_SECONDS):
        return Decision("join", "looks for the members that it was with when it stopped", recalls=True)
    return Decision("wait", "the others: " + ", ".join(f"{name} {other.state}" for name, other in others.items()))


def join_in_turn(me: str, seen: Mapping[str, Position], waited: float, why: str) -> Decision:
    """Members join one after another. If two join at once, one may get a donor that has just joined, and then Galera
    removes the joining member. Waits for the others for TURN_SECONDS at most."""
    before = list(seen)[: list(seen).index(me)]
    for name, position in seen.items():
        joins = position.state == "starting" or (position.state == "running" and not position.synced)
        if name != me and (joins or (name in before and position.state == "waiting")) and waited < TURN_SECONDS:
            return Decision("wait", f"{why}; {name} joins first", seen[me].leader)
    return Decision("join", why)


def agree(me: str, seen: Mapping[str, Position]) -> Decision:
    """All members are stopped. The one with the newest data bootstraps, once every member with data has named it."""
    clusters = {position.uuid for position in seen.values() if position.uuid}
    if len(clusters) > 1:
        return Decision("refuse", f"members hold data of different clusters: {', '.join(sorted(clusters))}")
    leader = max(seen, key=lambda n: (seen[n].uuid != "", seen[n].seqno, seen[n].safe, seen[n].view))
    if leader != me:
        return Decision("wait", f"{leader} has the newest data", leader)
    undecided = [n for n, p in seen.items() if n != me and p.state == "waiting" and p.leader != me]
    if undecided:
        return Decision("wait", f"has the newest data; {', '.join(undecided)} must see it too", me)
    return Decision("bootstrap", "all members are stopped, and none has newer data", me)


def ordered(me: str, seen: Mapping[str, Position]) -> Decision:
    """Someone has run galera_new_cluster here. Refuses if a member that answers has the cluster or newer data."""
    own = seen[me]
    for name, other in seen.items():
        if other.primary:
            return Decision("refuse", f"{name} has the cluster: this member joins it by `systemctl start mariadb`")
        if other.uuid and own.uuid in ("", other.uuid) and other.seqno > own.seqno:
            return Decision("refuse", f"{name} has newer data: run galera_new_cluster there")
    return Decision("bootstrap", "galera_new_cluster was run here")


def own_position() -> Position:
    """This member's state, from Galera's record. After a crash, reads the last write from the data."""
    record = DATA / "grastate.dat"
    if not record.exists():
        return Position("waiting")
    saved = dict(re.findall(r"^(\w+):\s*(\S+)", record.read_text(), re.MULTILINE))
    uuid, seqno = saved.get("uuid", ""), int(saved.get("seqno", "-1"))
    if not uuid.strip("0-"):
        return Position("waiting")
    if seqno < 0:
        recovered = subprocess.run(["/usr/bin/galera_recovery"], capture_output=True, text=True, check=True).stdout
        if found := re.search(r"start_position=([0-9a-f-]{36}):(-?\d+)", recovered):
            uuid, seqno = found[1], int(found[2])
    safe = saved.get("safe_to_bootstrap") == "1"
    return Position("waiting", uuid=uuid, seqno=seqno, safe=safe, view=(DATA / "gvwstate.dat").exists())


def position_of(address: str) -> Position:
    """The state from another member's health service; unknown without an answer."""
    connection = HTTPConnection(address, HEALTH_PORT, timeout=2)
    try:
        connection.request("GET", "/")
        answer = json.loads(connection.getresponse().read())
        return Position(**{key: answer[key] for key in asdict(Position()) if key in answer})
    except (OSError, HTTPException, ValueError, TypeError):
        return Position()
    finally:
        connection.close()


def look(me: str, members: Mapping[str, str], own: Position) -> dict[str, Position]:
    """The state of every member, in the settings' order."""
    return {name: own if name == me else position_of(address) for name, address in members.items()}


def publish(position: Position) -> None:
    """Stores the state for health.py, which reports it to the others."""
    PUBLISHED.parent.mkdir(exist_ok=True)
    PUBLISHED.parent.chmod(0o755)  # whatever mariadb.service says of new files: health.py is another user
    new = PUBLISHED.with_suffix(".new")
    new.write_text(json.dumps(asdict(position)))
    new.chmod(0o644)
    new.replace(PUBLISHED)


def forget_view() -> None:
    """Deletes the record of peers. After the members have agreed who bootstraps, none may use its record, too.

    The record is also useless if the cluster is running: then a member joins as a new one.
    """
    (DATA / "gvwstate.dat").unlink(missing_ok=True)


def prepare_bootstrap() -> None:
    """Makes mariadbd bootstrap a cluster, and tells Galera that this is safe."""
    record = DATA / "grastate.dat"
    if record.exists():
        text = re.sub(r"(?m)^safe_to_bootstrap:.*$", "safe_to_bootstrap: 1", record.read_text())
        record.write_text(text)
    NEW_CLUSTER.write_text(f"{BY_HAND}=--wsrep-new-cluster\n")


def wait_for_address(address: str) -> None:
    """Waits until this host has its tailnet address, to which mariadbd binds.

    Raises:
        TimeoutError: it has none after 2 minutes. systemd tries again.
    """
    end = time.monotonic() + ADDRESS_SECONDS
    while time.monotonic() < end:
        with socket.socket() as probe:
            try:
                probe.bind((address, 0))
            except OSError:
                time.sleep(0.5)
            else:
                return
    raise TimeoutError(
        f"{address} is no address of this host after {ADDRESS_SECONDS} s: check that it is in the private network"
    )


def room() -> int:
    """Bytes that mariadbd may still write to its disk."""
    disk = os.statvfs(DATA)
    return disk.f_bavail * disk.f_frsize


def wait_for_room(others: Collection[str], tell: Callable[[str], None]) -> None:
    """Waits until there is room on the disk, while one of the others (addresses) has the cluster.

    Raises:
        TimeoutError: there is none after 5 minutes; systemd tries again.
    """
    start, said = time.monotonic(), ""
    while (free := room()) < ROOM_BYTES and any(position_of(address).primary for address in others):
        if not said:
            publish(Position())  # not one that the others wait for
            said = (
                f"the disk of {DATA} has {free // 1024**2} MB left, of {ROOM_BYTES // 1024**2} that a member needs:"
                " make room there. The others go on without this member"
            )
            tell(said)
        if time.monotonic() - start > LIMIT_SECONDS:
            raise TimeoutError(said)
        time.sleep(1)


def settle(me: str, members: Mapping[str, str], own: Position, tell: Callable[[str], None]) -> Decision:
    """Asks the other members until the decision is clear.

    Raises:
        TimeoutError: the decision is not clear after 5 minutes. systemd tries again.
    """
    start, said = time.monotonic(), ""
    while (waited := time.monotonic() - start) < LIMIT_SECONDS:
        publish(own)
        seen = look(me, members, own)
        decision = decide(me, seen, waited)
        if decision.why != said:
            said = decision.why
            tell(f"{decision.action}: {said}")
        if decision.action != "wait":
            return decision
        if decision.leader and decision.leader != me:
            forget_view()
            own = replace(own, view=False)
        own = replace(own, leader=decision.leader)
        time.sleep(0.5)
    raise TimeoutError(
        f"no cluster to join after {LIMIT_SECONDS} s; {said}. If a member will never come back, compare "
        f"`seqno` of the others (curl http://ADDRESS:{HEALTH_PORT}/; {own.seqno} here). Where it is highest, run: "
        "sudo systemctl stop mariadb && sudo galera_new_cluster"
    )


def say(line: str) -> None:
    """Writes a line to the log."""
    print(line, flush=True)


def main() -> None:
    """Decides, and writes the decision for mariadb.service."""
    me = os.environ["MEMBER"]
    members = dict(member.split("=") for member in os.environ["MEMBERS"].split(","))
    try:
        wait_for_address(members[me])
        wait_for_room([address for name, address in members.items() if name != me], say)
        own = own_position()
        decision = ordered(me, look(me, members, own)) if os.environ.get(BY_HAND) else settle(me, members, own, say)
    except (TimeoutError, subprocess.CalledProcessError) as error:
        sys.exit(f"{me}: {error}")
    if decision.action == "refuse":
        sys.exit(f"{me}: {decision.why}")
    publish(replace(own, state="starting"))
    if not decision.recalls:
        forget_view()
    if decision.action == "bootstrap":
        prepare_bootstrap()


if __name__ == "__main__":
    main()
