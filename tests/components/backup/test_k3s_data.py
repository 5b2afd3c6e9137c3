"""k3s' way of keeping keys in its datastore, and by how much a restore raises revisions."""

import time

import pytest

from components.backup.host.k3s_data import bootstrap_key, revisions_since, seal, unseal
from components.backup.host.store import BackupError

SEALED = b"0011223344556677:AAECAwQFBgcICQoLxQloBjKxfYrRkm60V7OvMpeFtZEiDqk="
"""As k3s writes it; the lab's own k3s is tested with the same text."""


def test_keys_are_sealed_as_k3s_does() -> None:
    assert unseal(SEALED, "token") == b"content"
    assert unseal(seal(b"other", "token"), "token") == b"other"
    assert bootstrap_key("token") == "/bootstrap/3c469e9d6c58"
    for wrong in (SEALED, SEALED[:-9] + b"AAAAAAAA="):
        with pytest.raises(BackupError, match="does not open the keys"):
            unseal(wrong, "token2")


def test_an_older_backup_gets_a_higher_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 5000.0)
    assert [revisions_since(made) for made in (6000, 5000, 4990)] == [1_000_000, 1_000_000, 1_010_000]
