"""Which member takes a snapshot, which snapshot is whole, who has data, and what new servers find after a restore."""

import base64
import hashlib
import socket
import threading
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from components.backup.host.k3s_data import bootstrap_key, seal, unseal
from components.backup.host.store import CHUNK, BackupError
from components.datastore.etcd import configuration
from components.datastore.etcd.ports import PRESENCE_PORT
from components.datastore.etcd.snapshot import ask, load, take
from components.datastore.etcd.snapshot.load import check_snapshot, data_of_members, restored_before, settle
from components.datastore.etcd.snapshot.take import member_contents, member_stands_back, save_snapshot

OWN, OTHER = 11, 12
MEMBERS = [{"ID": OWN}, {"ID": OTHER}]
LEARNER = [{"ID": OWN}, {"ID": OTHER, "isLearner": True}]
SETTINGS = {"member": "a", "address": "10.0.0.1", "members": "a=10.0.0.1,b=10.0.0.2"}


def test_it_uses_the_places_and_ports_of_members() -> None:
    assert (ask.TLS, str(load.MEMBER_DATA), load.PRESENCE_PORT) == (
        configuration.TLS,
        configuration.DATA,
        PRESENCE_PORT,
    )


@pytest.mark.parametrize(
    ("leader", "learner", "members", "seconds", "said"),
    [
        (OTHER, False, MEMBERS, 0, ""),
        (OWN, False, MEMBERS, 1799, "this one is the leader"),
        (OWN, False, MEMBERS, 1800, ""),
        (OWN, False, MEMBERS[:1], 0, ""),
        (OWN, False, LEARNER, 0, ""),
        (OTHER, True, MEMBERS, 3600, "this one has not all data yet"),
    ],
)
def test_the_leader_waits_half_an_hour_for_others_with_all_data(  # noqa: PLR0917 -- cases
    monkeypatch: pytest.MonkeyPatch,
    leader: int,
    learner: bool,
    members: list[dict[str, Any]],
    seconds: int,
    said: str,
) -> None:
    status = {"header": {"member_id": OWN}, "leader": leader, "isLearner": learner}
    answers = {"endpoint": [{"Status": status}], "member": {"members": members}}
    monkeypatch.setattr(take, "ask_etcd", lambda _, word, *__: answers[word])
    assert member_stands_back(seconds) == said


def test_a_backup_has_the_revision_and_the_number_of_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take, "ask_etcd", lambda *_: {"header": {"revision": 77}, "kvs": [{}], "count": 12})
    assert member_contents() == (77, 12)


def test_a_snapshot_without_room_is_not_begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(_: Any, word: str, *__: str) -> Any:
        asked.append(word)
        return [{"Status": {"dbSize": 1 << 62}}]

    monkeypatch.setattr(take, "ask_etcd", answer)
    with pytest.raises(BackupError, match="make room there"):
        save_snapshot({}, tmp_path)
    assert asked == ["endpoint"]


def snapshot(key: str, pages: int = 4096) -> bytes:
    """As etcd saves it: pages, and their checksum."""
    begin = b"x" * (CHUNK - 9) + key.encode()
    content = begin + b"y" * (512 * pages - len(begin))
    return content + hashlib.sha256(content).digest()


def test_a_snapshot_is_whole_and_of_the_cluster_of_its_token() -> None:
    whole = snapshot(bootstrap_key("token"))
    check_snapshot(BytesIO(whole), "token")
    with pytest.raises(BackupError, match="is of another cluster than its data"):
        check_snapshot(BytesIO(whole), "another token")
    for spoilt in (whole[:-1], whole[:-32], whole[512:], b"z" + whole[1:], b"", b"short"):
        with pytest.raises(BackupError, match="the snapshot in the backup is not whole"):
            check_snapshot(BytesIO(spoilt), "token")


def test_data_of_this_host_count_and_say_what_they_are_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(load, "MEMBER_DATA", tmp_path / "etcd")
    monkeypatch.setattr(load, "presence", lambda *_: "none")
    assert (restored_before(), data_of_members(SETTINGS)) == ("", "")
    (tmp_path / "etcd" / "member").mkdir(parents=True)
    assert (restored_before(), data_of_members(SETTINGS)) == ("", "etcd's data on a")
    (tmp_path / "etcd" / load.MARK).write_text("20261130T1800Z-b\n")
    assert restored_before() == "20261130T1800Z-b"


def test_data_of_another_host_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(load, "MEMBER_DATA", tmp_path / "etcd")
    monkeypatch.setattr(load, "presence", lambda name, _: "member" if name == "b" else "none")
    assert data_of_members(SETTINGS) == "etcd's data on b"


@pytest.mark.parametrize("said", ["none", "member", ""])
def test_a_host_that_does_not_answer_is_not_an_empty_one(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setattr(load, "PRESENCE_SECONDS", 0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(load, "PRESENCE_PORT", server.getsockname()[1])
        threading.Thread(target=lambda: answer_once(server, said), daemon=True).start()
        if said:
            assert load.presence("b", "127.0.0.1") == said
            return
        with pytest.raises(BackupError, match="b does not tell whether it has data of etcd"):
            load.presence("b", "127.0.0.1")
    with pytest.raises(BackupError, match="b does not tell whether it has data of etcd"):
        load.presence("b", "127.0.0.1")


def answer_once(server: socket.socket, said: str) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(f"{said}\n".encode() if said else b"")


class PaperEtcd:
    """Keys and values, as etcdctl answers."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self.keys, self.written = dict(keys), list[str]()

    def __call__(self, verb: str, key: str, *options: str, content: bytes = b"") -> Any:
        found = [one for one in self.keys if one == key or ("--prefix" in options and one.startswith(key))]
        if verb == "put":
            self.keys[key] = content
            self.written.append(key)
        if verb == "del":
            for one in found:
                del self.keys[one]
        kvs = [{"key": encoded(one.encode()), "value": encoded(self.keys.get(one, b""))} for one in found]
        return {"header": {"revision": 9}, **({"kvs": kvs} if verb == "get" and kvs else {})}


def encoded(text: bytes) -> str:
    return base64.b64encode(text).decode()


def test_new_servers_find_their_keys_and_nothing_of_the_old_machines() -> None:
    etcd = PaperEtcd(
        {
            bootstrap_key("old"): seal(b"authorities", "old"),
            "/registry/configmaps/a": b"a",
            "/registry/leases/kube-node-lease/home-1": b"alive",
            "/registry/minions/home-1": b"\x00\xfftailnet-k3s/device\nx",
            "/registry/minions/home-2": b"another",
            "/registry/secrets/kube-system/home-1.node-password.k3s": b"password",
            "/registry/secrets/kube-system/other": b"secret",
        }
    )
    assert settle(etcd, "old", "new") == 9
    assert unseal(etcd.keys.pop(bootstrap_key("new")), "new") == b"authorities"
    assert etcd.keys == {
        "/registry/configmaps/a": b"a",
        "/registry/minions/home-1": b"\x00\xfftailnet-k3s/before\nx",
        "/registry/minions/home-2": b"another",
        "/registry/secrets/kube-system/other": b"secret",
    }
    assert "/registry/minions/home-2" not in etcd.written


def test_the_same_token_keeps_the_keys() -> None:
    etcd = PaperEtcd({bootstrap_key("old"): seal(b"authorities", "old")})
    settle(etcd, "old", "old")
    assert unseal(etcd.keys[bootstrap_key("old")], "old") == b"authorities"


def test_data_without_the_clusters_keys_are_refused() -> None:
    with pytest.raises(BackupError, match="the data have no keys of the cluster's authorities"):
        settle(PaperEtcd({}), "old", "new")
