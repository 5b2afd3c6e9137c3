"""A part of the program that backs up (components/backup/host/back_up.py): a snapshot of this member's data.

The leader would feel the load. So it leaves the work to another member in the first half hour of a slot.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.backup.host.back_up import Taker, refuse_full_disk
from components.datastore.etcd.snapshot.ask import MEMBER, ask_etcd

LEADER_WAITS_SECONDS = 1800


def member_stands_back(seconds: int) -> str:
    """A learner has not all data yet. The leader is busy, unless it is alone."""
    status = ask_etcd(MEMBER, "endpoint", "status")[0]["Status"]
    own = status["header"]["member_id"]
    if status.get("isLearner"):
        return "this one has not all data yet"
    members = ask_etcd(MEMBER, "member", "list")["members"]
    others = [one for one in members if one["ID"] != own and not one.get("isLearner")]
    return "this one is the leader" if others and status["leader"] == own and seconds < LEADER_WAITS_SECONDS else ""


def member_contents() -> tuple[int, int]:
    """The answer comes when this member has all that most members have, so the snapshot has this revision at least."""
    found = ask_etcd(MEMBER, "get", "", "--prefix", "--keys-only", "--limit=1")
    return int(found["header"]["revision"]), int(found.get("count", 0))


def save_snapshot(settings: dict[str, Any], folder: Path) -> list[str]:
    """Saves a snapshot, and has etcd's own program look through it. It is as long as the member's database."""
    refuse_full_disk(folder, int(ask_etcd(MEMBER, "endpoint", "status")[0]["Status"]["dbSize"]))
    file = folder / "snapshot"
    ask_etcd(MEMBER, "snapshot", "save", str(file))
    found = ask_etcd(["etcdutl"], "snapshot", "status", str(file))
    print(f"saved a snapshot of revision {found['revision']}, hash {found['hash']:08x}", flush=True)
    return ["cat", str(file)]


ETCD_TAKER = Taker(member_stands_back, member_contents, save_snapshot)
