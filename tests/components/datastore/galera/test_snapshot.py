"""Which member takes a snapshot, and which dump is whole."""

from io import BytesIO

import pytest

from components.backup.host.k3s_data import bootstrap_key
from components.backup.host.store import CHUNK, BackupError
from components.datastore.galera.snapshot import take
from components.datastore.galera.snapshot.load import check_dump
from components.datastore.galera.snapshot.take import member_stands_back


@pytest.mark.parametrize(
    ("answer", "seconds", "said"),
    [
        (["Synced", "0"], 0, ""),
        (["Donor/Desynced", "0"], 3600, "this one is Donor/Desynced"),
        (["Synced", "4"], 1799, "this one is the writer"),
        (["Synced", "4"], 1800, ""),
    ],
)
def test_the_writer_waits_half_an_hour_for_the_others(
    monkeypatch: pytest.MonkeyPatch, answer: list[str], seconds: int, said: str
) -> None:
    monkeypatch.setattr(take, "ask_mariadb", lambda _: answer)
    assert member_stands_back(seconds) == said


def test_a_dump_is_whole_and_of_the_cluster_of_its_token() -> None:
    key = bootstrap_key("token").encode()
    text = b"x" * (CHUNK - 5) + key + b"y" * CHUNK + b"\n-- Dump completed on 2026-11-30\n"
    check_dump(BytesIO(text), "token")
    with pytest.raises(BackupError, match="is of another cluster than its data"):
        check_dump(BytesIO(text), "another token")
    with pytest.raises(BackupError, match="the dump in the backup has no end"):
        check_dump(BytesIO(text[: CHUNK + 100]), "token")
