"""Which member takes a snapshot, which dump is whole, and k3s' way of keeping keys."""

from io import BytesIO

import pytest

from components.backup.host.store import CHUNK, BackupError
from components.datastore.galera.snapshot import take
from components.datastore.galera.snapshot.load import bootstrap_key, check_dump, seal, unseal
from components.datastore.galera.snapshot.take import member_stands_back

SEALED = b"0011223344556677:AAECAwQFBgcICQoLxQloBjKxfYrRkm60V7OvMpeFtZEiDqk="
"""As k3s writes it; the lab's own k3s is tested with the same text."""


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


def test_keys_are_sealed_as_k3s_does() -> None:
    assert unseal(SEALED, "token") == b"content"
    assert unseal(seal(b"other", "token"), "token") == b"other"
    assert bootstrap_key("token") == "/bootstrap/3c469e9d6c58"
    for wrong in (SEALED, SEALED[:-9] + b"AAAAAAAA="):
        with pytest.raises(BackupError, match="does not open the keys"):
            unseal(wrong, "token2")
