"""When a member gives free space back: not as the leader before the others, and not while another one is away."""

import json
from typing import Any

import pytest

from components.datastore.etcd import upkeep

MIB = 2**20


class Etcdctl:
    """Answers as etcdctl does, and notes what it was asked to do."""

    def __init__(
        self, size: int, used: int, *, leads: bool = False, away: bool = False, alarm: int | None = None, other: int = 9
    ) -> None:
        self.status = {
            "header": {"member_id": 1},
            "leader": 1 if leads else 2,
            "dbSize": size * MIB,
            "dbSizeInUse": used * MIB,
            "dbSizeQuota": 256 * MIB,
        }
        self.other = {**self.status, "dbSize": other * MIB}
        self.away, self.alarm, self.did = away, alarm, list[str]()

    def __call__(self, *arguments: str, endpoint: str = "", seconds: int = 0) -> Any:
        asked = " ".join(arguments)
        if asked == "endpoint status" and endpoint and self.away:
            raise RuntimeError("etcdctl endpoint status: context deadline exceeded")
        if asked == "endpoint status":
            return json.loads(json.dumps([{"Endpoint": endpoint, "Status": self.other if endpoint else self.status}]))
        if asked == "member list":
            return {"members": [{"ID": 1}, {"ID": 2, "clientURLs": ["https://10.0.0.2:2379"]}]}
        if asked == "alarm list":
            return {"alarms": [{"memberID": 2, "alarm": self.alarm}]} if self.alarm else {}
        if asked == "defrag":
            self.status["dbSize"] = self.status["dbSizeInUse"]
        self.did.append(asked)
        return None


@pytest.mark.parametrize(
    ("etcd", "hour", "did", "ends"),
    [
        (Etcdctl(100, 90), 2, [], 0),  # little to win
        (Etcdctl(20, 2), 2, [], 0),  # small
        (Etcdctl(100, 30), 2, ["defrag"], 0),
        (Etcdctl(100, 30, leads=True), 2, [], 0),
        (Etcdctl(100, 30, leads=True), 3, ["defrag"], 0),
        (Etcdctl(100, 30, away=True), 2, [], 1),
        (Etcdctl(256, 30, alarm=1), 2, ["defrag", "alarm disarm"], 0),
        (Etcdctl(256, 30, alarm=1, leads=True), 2, ["defrag", "alarm disarm"], 0),
        (Etcdctl(256, 30, alarm=1, other=256), 2, ["defrag"], 1),  # the other one would raise it again
        (Etcdctl(256, 255, alarm=1), 2, ["defrag"], 1),  # there is no room
        (Etcdctl(100, 90, alarm=2), 2, ["defrag"], 1),  # two copies differ: for a person
    ],
)
def test_what_a_member_does(
    etcd: Etcdctl, hour: int, did: list[str], ends: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "etcdctl", etcd)
    assert (upkeep.main(hour), etcd.did) == (ends, did)
