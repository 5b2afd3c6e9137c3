"""The program that backs up: who makes which backup, and when one counts. age is a stand-in here."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.backup.host import back_up
from components.backup.host.back_up import Taker, main, run
from components.backup.host.manifest import fingerprint, slot_of
from components.backup.host.store import BackupError
from tests.components.backup.paper_store import PaperStore, paper_store

NOW = 1796061600 + 300  # 2026-11-30 18:05 UTC
NAME = "20261130T1800Z-oracle-2"
TAKER = Taker(lambda _: "", lambda: (77, 12), lambda *_: ["echo", "the snapshot"])


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PaperStore]:
    """With a host's folders in tmp_path."""
    (tmp_path / "state").mkdir()
    (tmp_path / "cache").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "age").write_text("#!/bin/sh\ncat\n")
    (tmp_path / "bin" / "age").chmod(0o755)
    (tmp_path / "state" / "token.age").write_bytes(b"sealed token")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("CACHE_DIRECTORY", str(tmp_path / "cache"))
    monkeypatch.setattr(back_up, "STATE", tmp_path / "state")
    monkeypatch.setattr(back_up, "SETTINGS", tmp_path / "backup.json")
    monkeypatch.setattr(back_up, "ROOM", 0)
    with paper_store() as found:
        (tmp_path / "backup.json").write_text(json.dumps(settings(found)))
        yield found


def settings(store: PaperStore, **others: Any) -> dict[str, Any]:
    """As backup.sh writes them."""
    known = {
        "prefix": "mine",
        "recipient": "age1x",
        "every_hours": 6,
        "keep": 2,
        "kind": "galera",
        "k3s": "v1.36.3+k3s1",
    }
    bucket = store.bucket._asdict()
    return {
        **known,
        "host": "oracle-2",
        "encrypts": True,
        "token": fingerprint("t"),
        "bucket": bucket,
        "databases": [],
        **others,
    }


def noted(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "state" / "status.json").read_text())
    return found


def test_slots_begin_at_midnight() -> None:
    assert [slot_of(NOW, hours) for hours in (1, 6, 12, 24)] == [
        "20261130T1800Z",
        "20261130T1800Z",
        "20261130T1200Z",
        "20261130T0000Z",
    ]


def test_a_backup_has_a_manifest_and_the_next_host_leaves_it(store: PaperStore) -> None:
    made = run(settings(store), TAKER, NOW)
    assert made is not None
    assert sorted(store.objects) == [f"mine/{NAME}.age", f"mine/{NAME}.json"]
    assert (made.name, made.revision, made.rows, made.host) == (NAME, 77, 12, "oracle-2")
    assert made.sha256 == hashlib.sha256(store.objects[f"mine/{NAME}.age"]).hexdigest()
    again = run(settings(store, host="azure-1"), TAKER._replace(command=lambda *_: ["false"]), NOW + 900)
    assert again == made
    assert run(settings(store), TAKER, NOW + 6 * 3600) != made, "a new slot"


def test_a_member_that_stands_back_makes_none(store: PaperStore) -> None:
    asked: list[int] = []

    def stands_back(seconds: int) -> str:
        asked.append(seconds)
        return "this one is the writer"

    assert run(settings(store), TAKER._replace(stands_back=stands_back), NOW) is None
    assert (asked, store.objects) == ([300], {})


def test_a_snapshot_that_fails_leaves_nothing(store: PaperStore, tmp_path: Path) -> None:
    failing = TAKER._replace(command=lambda *_: ["sh", "-c", "echo half; exit 3"])
    with pytest.raises(BackupError, match="sh failed with 3"):
        run(settings(store), failing, NOW)
    assert (store.objects, list((tmp_path / "cache").iterdir())) == ({}, [])


def test_what_the_store_spoils_does_not_count(store: PaperStore) -> None:
    store.spoils = True
    with pytest.raises(BackupError, match="gave 20261130T1800Z-oracle-2 back with another checksum"):
        run(settings(store), TAKER, NOW)
    assert list(store.objects) == [f"mine/{NAME}.age"]
    store.spoils = False
    assert run(settings(store), TAKER, NOW + 1800) is not None, "the next run makes it whole"


def test_a_disk_that_fills_is_named(store: PaperStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(back_up, "ROOM", 1 << 62)
    with pytest.raises(BackupError, match=f"the disk of {tmp_path}/cache has .* make room there"):
        run(settings(store), TAKER, NOW)
    assert (store.objects, list((tmp_path / "cache").iterdir())) == ({}, [])


def test_old_ones_go_if_the_key_may_delete(store: PaperStore, capsys: pytest.CaptureFixture[str]) -> None:
    for slot in range(4):
        run(settings(store), TAKER, NOW + slot * 6 * 3600)
    assert len(store.objects) == 4
    store.refuses["DELETE"] = "AccessDenied"
    run(settings(store), TAKER, NOW + 5 * 6 * 3600)
    assert len(store.objects) == 6
    assert "let a rule of the bucket delete old backups" in capsys.readouterr().out
    store.refuses.clear()
    run(settings(store, keep=None), TAKER, NOW + 6 * 6 * 3600)
    assert len(store.objects) == 8


def test_the_result_is_noted_for_status(
    store: PaperStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("time.time", lambda: NOW)
    main(TAKER)
    assert (noted(tmp_path)["last"]["name"], noted(tmp_path)["error"]) == (NAME, None)
    store.refuses["GET"] = "NoSuchBucket"
    with pytest.raises(SystemExit, match="no backup: there is no bucket backups"):
        main(TAKER)
    assert noted(tmp_path)["last"]["name"] == NAME, "what is known of the last one stays"
    assert "there is no bucket" in noted(tmp_path)["error"]
    assert "sealed token" not in capsys.readouterr().out


def test_a_fault_of_the_program_is_noted_too(store: PaperStore, tmp_path: Path) -> None:
    (tmp_path / "backup.json").write_text(json.dumps({**settings(store), "every_hours": None}))
    with pytest.raises(SystemExit, match="no backup: TypeError"):
        main(TAKER)
    assert noted(tmp_path)["error"].startswith("TypeError: ")
