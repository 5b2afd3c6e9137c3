"""Runs on a member before each start of mariadbd: does it join the cluster, or may it start the cluster anew?

After an outage of all members nobody is there to join. A member starts the cluster only when that can't lose a write
or make a second cluster: every member has said that it is stopped and how far its data goes, and all name this one as
the one with the newest; or it was the last to leave in an orderly stop (Galera's own `safe_to_bootstrap`). Members that
lost power together also find each other without this, by Galera's `pc.recovery`: if one that was gone before stays so.

The health service (health.py) shows the others what is published here. Only the standard library: Python is the host's.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path

DATA = Path("/var/lib/mysql")
PUBLISHED = Path("/run/galera-member/position")
NEW_CLUSTER = Path("/run/mariadb-wsrep-new-cluster")
HEALTH_PORT = 9200
ADDRESS_SECONDS = 120
VIEW_SECONDS = 20
LAST_TO_LEAVE_SECONDS = 60
TURN_SECONDS = 120
LIMIT_SECONDS = 300
MARK = "# chosen by start.py\n"


@dataclass(frozen=True)
class Position:
    """What is known of one member, as health.py answers it."""

    state: str = "unknown"
    """`new` (never started), `waiting` (decides), `starting`, `running`, `unknown` (doesn't answer)."""
    primary: bool = False
    """Is part of a working cluster."""
    synced: bool = False
    """Has all that the cluster has."""
    uuid: str = ""
    """Which cluster its data is of; empty if it has none."""
    seqno: int = -1
    """Its last write."""
    safe: bool = False
    """It was the last to leave, in order."""
    view: bool = False
    """It remembers with whom it was when it lost power."""
    leader: str = ""
    """Whom it will wait for."""


@dataclass(frozen=True)
class Decision:
    """`join`, `bootstrap`, `wait` or `refuse`; while waiting, for which leader; and why, for the log."""

    action: str
    why: str
    leader: str = ""
    recalls: bool = False
    """Joins by what it remembers of the cluster before the outage."""


def decide(me: str, seen: Mapping[str, Position], waited: float) -> Decision:
    """What this member does, by what it sees of all (itself too, in the settings' order) after `waited` seconds."""
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
    """One after another: of two that came at once, Galera left one outside whose donor had only just joined itself."""
    before = list(seen)[: list(seen).index(me)]
    for name, position in seen.items():
        joins = position.state == "starting" or (position.state == "running" and not position.synced)
        if name != me and (joins or (name in before and position.state == "waiting")) and waited < TURN_SECONDS:
            return Decision("wait", f"{why}; {name} joins first", seen[me].leader)
    return Decision("join", why)


def agree(me: str, seen: Mapping[str, Position]) -> Decision:
    """All members are stopped: the one with the newest data starts the cluster, once all have named it."""
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


def own_position() -> Position:
    """This member's state, from Galera's own record; after a crash its last write is looked up in the data."""
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
    """What another member's health service says; unknown if it says nothing."""
    connection = HTTPConnection(address, HEALTH_PORT, timeout=2)
    try:
        connection.request("GET", "/")
        answer = json.loads(connection.getresponse().read())
        return Position(**{key: answer[key] for key in asdict(Position()) if key in answer})
    except (OSError, HTTPException, ValueError, TypeError):
        return Position()
    finally:
        connection.close()


def publish(position: Position) -> None:
    """For health.py, which tells the others."""
    PUBLISHED.parent.mkdir(exist_ok=True)
    PUBLISHED.parent.chmod(0o755)  # whatever mariadb.service says of new files: health.py is another user
    new = PUBLISHED.with_suffix(".new")
    new.write_text(json.dumps(asdict(position)))
    new.chmod(0o644)
    new.replace(PUBLISHED)


def forget_view() -> None:
    """Once members have agreed who starts, none may also find together by what they remember.

    Nor has it a use when the cluster goes on: then a member joins as a new one.
    """
    (DATA / "gvwstate.dat").unlink(missing_ok=True)


def prepare_bootstrap() -> None:
    """Tell mariadbd to start a cluster, and Galera that this is safe."""
    record = DATA / "grastate.dat"
    if record.exists():
        text = re.sub(r"(?m)^safe_to_bootstrap:.*$", "safe_to_bootstrap: 1", record.read_text())
        record.write_text(text)
    NEW_CLUSTER.write_text(MARK + "_WSREP_NEW_CLUSTER=--wsrep-new-cluster\n")


def wait_for_address(address: str) -> None:
    """Until the tailnet address is this host's: mariadbd binds to it.

    Raises:
        TimeoutError: it isn't after 2 minutes; systemd tries again.
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
    raise TimeoutError(f"{address} is no address of this host after {ADDRESS_SECONDS} s: is tailscaled up?")


def settle(me: str, members: Mapping[str, str], own: Position, tell: Callable[[str], None]) -> Decision:
    """Looks at the others until it is clear what to do.

    Raises:
        TimeoutError: it isn't after 5 minutes; systemd tries again.
    """
    start, said = time.monotonic(), ""
    while (waited := time.monotonic() - start) < LIMIT_SECONDS:
        publish(own)
        seen = {name: own if name == me else position_of(address) for name, address in members.items()}
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
        f"no cluster to join after {LIMIT_SECONDS} s; {said}. If one of them is gone for good, compare `seqno` in "
        f"{DATA}/grastate.dat of the rest, and run galera_new_cluster on the one with the highest"
    )


def main() -> None:
    """Decides, and leaves the decision where mariadb.service finds it."""
    me = os.environ["MEMBER"]
    members = dict(member.split("=") for member in os.environ["MEMBERS"].split(","))
    if NEW_CLUSTER.exists():
        if MARK not in NEW_CLUSTER.read_text():
            return  # galera_new_cluster: a person decides
        NEW_CLUSTER.unlink()
    try:
        wait_for_address(members[me])
        own = own_position()
        decision = settle(me, members, own, lambda line: print(line, flush=True))
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
