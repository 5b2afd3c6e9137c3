"""What an interrupted engine has made, and no state knows, is in nobody's way."""

from pathlib import Path
from typing import Any

from lab.lab import Lab
from lab.providers.cloudflare.recovery import remove_unknown
from tests.lab.providers.cloudflare.conftest import DOMAIN, Known


def test_records_that_no_state_knows_go_and_the_next_up_makes_them_again(known: Known, tmp_path: Path) -> None:
    records, settings = known.caller("DnsRecord"), known.caller("ZoneSetting")
    wanted: dict[str, Any] = {"zoneId": known.zone, "type": "A", "content": "198.51.100.1", "proxied": True, "ttl": 1}
    kept = records.create(name="kept", **wanted)
    records.create(name="lost", **wanted)
    settings.create(zoneId=known.zone, settingId="ssl", value="strict")
    lab = Lab("test", tmp_path)
    assert remove_unknown(lab, {kept.resource_id}) == [f"DNS record lost.{DOMAIN}"]
    assert remove_unknown(lab, {kept.resource_id}) == []
    assert set(known.cloud.records()) == {kept.resource_id, f"{known.zone}/ssl"}
    records.create(name="lost", **wanted)


def test_a_lab_without_an_account_has_nothing_to_remove(tmp_path: Path) -> None:
    assert remove_unknown(Lab("test", tmp_path), ()) == []
    assert list(tmp_path.iterdir()) == []
