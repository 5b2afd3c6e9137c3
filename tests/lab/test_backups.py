"""What `bin/lab status` says of backups, and what the lab adds to the settings for them."""

from datetime import UTC, datetime
from typing import Any

from components.settings.backup import has_checksum
from lab.backups import failures, last_backup
from lab.engine import plain
from lab.internet.age_key import new_age_key
from lab.internet.store import store_settings
from lab.lab import Lab
from lab.status import HostStatus, Status

PLACE = "https://store.lab.test:9000/backups/lab"
LAST = {"name": "20261130T1800Z-oracle-2", "made": 1796061600, "host": "oracle-2", "size": 3 * 2**20}


def status(*noted: dict[str, Any] | None) -> Status:
    hosts = {
        f"oracle-{number}": HostStatus("oracle", (), None, None, None, None, None, None, False, None, backup=one)
        for number, one in enumerate(noted, 1)
    }
    return Status("lab", hosts, backups=PLACE)


def noted(last: dict[str, Any] | None, error: str | None = None) -> dict[str, Any]:
    return {"since": 1, "looked": 2, "last": last, "error": error}


def test_the_newest_backup_is_shown() -> None:
    now = datetime.fromtimestamp(LAST["made"] + 5400, UTC)  # type: ignore[operator]
    shown = last_backup(status(None, noted(None), noted(LAST), noted({**LAST, "made": 1})), now)
    assert shown == f"last backup: {LAST['name']}, 1.5 hours old, 3.0 MiB, by oracle-2, in {PLACE}"
    assert last_backup(status(noted(None))) == f"last backup: none yet in {PLACE}"
    assert last_backup(status(None)) is None


def test_each_failure_is_shown() -> None:
    assert failures(status(None, noted(LAST), noted(LAST, "there is no bucket x"))) == [
        "oracle-3: no backup: there is no bucket x"
    ]


def test_the_lab_adds_what_an_owner_sets(tmp_path: Any) -> None:
    lab = Lab("x", tmp_path)
    assert store_settings(lab, {}) == {}
    first, again = (plain(store_settings(lab, {"backup": {}, "restore": {}})) for _ in range(2))
    assert first == again
    assert has_checksum(first["backup"]["recipient"])
    assert "restore" not in store_settings(lab, {"backup": {}})


def test_keys_of_age_have_their_form() -> None:
    private, public = new_age_key()
    assert (private[:16], public[:4], len(private), len(public)) == ("AGE-SECRET-KEY-1", "age1", 74, 62)
    assert has_checksum(private.lower())
    assert has_checksum(public)
