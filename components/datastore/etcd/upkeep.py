"""Gives free space of this etcd member back to the disk, and ends the alarm of a full database once there is room.

Runs on every member by a timer, as the user etcd, twice a night: each member has a minute of its own, and the leader
waits for the second time. A member that defragments answers nobody meanwhile. Standard library only.
"""

import json
import os
import subprocess
import sys
import time
from typing import Any

ENDPOINT = "https://127.0.0.1:2379"
TLS = "/etc/etcd/tls"
LEADERS_HOUR = 3
"""In UTC. Followers do it an hour earlier."""
WASTE, LEAST_BYTES = 0.4, 64 * 2**20
"""A smaller share, or a smaller database, is not worth the pause."""
ROOM = 0.8
"""Of the quota. The alarm ends if the file of no member is larger."""


def etcdctl(*arguments: str, endpoint: str = ENDPOINT, seconds: int = 300) -> Any:
    """What etcdctl answers. Raises RuntimeError with its error."""
    environment = {
        **os.environ,
        "ETCDCTL_CACERT": f"{TLS}/authority.crt",
        "ETCDCTL_CERT": f"{TLS}/server.pem",
        "ETCDCTL_KEY": f"{TLS}/server.pem",
    }
    command = ["etcdctl", "--endpoints", endpoint, f"--command-timeout={seconds}s", "-w", "json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"etcdctl {' '.join(arguments)}: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else None


def wasted(status: dict[str, Any]) -> float:
    """Which share of the file is free space. 0 for a small file."""
    size, used = int(status["dbSize"]), int(status.get("dbSizeInUse", 0))
    return 1 - used / size if size >= LEAST_BYTES else 0.0


def is_leader(status: dict[str, Any]) -> bool:
    """Whether this member leads the cluster."""
    return bool(status.get("leader")) and status["leader"] == status["header"]["member_id"]


def others(own: int) -> list[dict[str, Any]]:
    """The status of all other members. Raises RuntimeError if one does not answer."""
    members = etcdctl("member", "list", seconds=10)["members"]
    places = [",".join(member.get("clientURLs", [])) for member in members if member["ID"] != own]
    return [etcdctl("endpoint", "status", endpoint=place, seconds=5)[0]["Status"] for place in places]


def others_answer(own: int) -> bool:
    """Whether all other members are there: only then one more may be away for some seconds. (With an alarm none of them
    is healthy.)"""
    try:
        others(own)
    except RuntimeError:
        return False
    return True


def has_room(status: dict[str, Any]) -> bool:
    """Whether a member can take writes for a while."""
    quota = int(status.get("dbSizeQuota", 0))
    return quota > 0 and int(status["dbSize"]) < ROOM * quota


def main(hour: int | None = None) -> int:
    """Returns 0 if nothing is wrong. systemd shows the last line of what it prints."""
    status = etcdctl("endpoint", "status", seconds=10)[0]["Status"]
    alarms = etcdctl("alarm", "list", seconds=10).get("alarms", [])
    full = bool(alarms)
    waste = wasted(status)
    if waste < WASTE and not (full and waste > 0):
        print(f"{status['dbSize']} bytes, {waste:.0%} of them free: nothing to do")
    elif is_leader(status) and (time.gmtime().tm_hour if hour is None else hour) != LEADERS_HOUR and not full:
        print("this member leads the cluster: it waits for the others")
        return 0
    elif not others_answer(status["header"]["member_id"]):
        print("another member does not answer, so this one goes on as it is")
        return 1
    else:
        etcdctl("defrag")
        after = etcdctl("endpoint", "status", seconds=10)[0]["Status"]
        print(f"defragmented: {status['dbSize']} bytes before, {after['dbSize']} now")
        status = after
    return end_alarm(status) if full else 0


def end_alarm(status: dict[str, Any]) -> int:
    """Ends the alarm NOSPACE if there is room again on all members: one without room would raise it again at the next
    write. An alarm CORRUPT is for a person."""
    kinds = {int(alarm.get("alarm", 0)) for alarm in etcdctl("alarm", "list", seconds=10).get("alarms", [])}
    if kinds == {1} and has_room(status):
        if all(map(has_room, others(status["header"]["member_id"]))):
            etcdctl("alarm", "disarm", seconds=10)
            print("there is room again: writes go on")
            return 0
        print("there is room here, and not yet on all other members: writes go on after their turns")
        return 1
    print("etcd has an alarm: see docs/etcd.md")
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, LookupError, TypeError, ValueError, OSError) as error:
        sys.exit(f"etcd can't be looked after: {error}")
