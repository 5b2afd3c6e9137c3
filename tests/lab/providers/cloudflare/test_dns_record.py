"""cloudflare.DnsRecord: names within the zone, contents that can be reached, and no two alike."""

import json
from typing import Any

import pytest

from lab.providers import published
from lab.providers.cloudflare.account import RESOURCES
from lab.providers.properties import UNKNOWN
from tests.lab.providers.calling import Caller
from tests.lab.providers.cloudflare.conftest import DOMAIN, Known


@pytest.fixture
def records(known: Known) -> Caller:
    return known.caller("DnsRecord")


def inputs(known: Known, **changes: Any) -> dict[str, Any]:
    """A proxied record."""
    wanted = {"name": f"www.{DOMAIN}", "type": "A", "content": "198.51.100.1", "proxied": True, "ttl": 1}
    return {"zoneId": known.zone, **wanted} | changes


def test_a_record_is_there_for_the_edge(known: Known, records: Caller) -> None:
    made = records.create(**inputs(known, comment="lab oracle-1"))
    published.check_outputs(records.token, made.outputs)
    kept = json.loads((known.account.folder / RESOURCES).read_text())[made.resource_id]
    assert (kept["_type"], kept["_name"], kept["content"]) == ("dns_record", f"www.{DOMAIN}", "198.51.100.1")


@pytest.mark.parametrize(
    ("name", "full"), [("@", DOMAIN), (DOMAIN, DOMAIN), ("api", f"api.{DOMAIN}"), (f"A.B.{DOMAIN}", f"a.b.{DOMAIN}")]
)
def test_names_are_completed_as_the_api_does(known: Known, records: Caller, name: str, full: str) -> None:
    made = records.create(**inputs(known, name=name))
    assert made.outputs["name"] == name
    assert known.cloud.records()[made.resource_id]["_name"] == full
    assert not records.diff(made, **inputs(known, name=name)).changes


def test_not_proxied_unless_it_is_said(known: Known, records: Caller) -> None:
    wanted = {name: value for name, value in inputs(known, ttl=300).items() if name != "proxied"}
    assert records.create(**wanted).outputs["proxied"] is False


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": "www.other.example"}, r"outside of the zone shop\.example.*\(9000\)"),
        ({"name": f"www.not-{DOMAIN}"}, "outside of the zone"),
        ({"content": "2001:db8::1"}, r"valid IPv4 address \(9005\)"),
        ({"type": "AAAA"}, r"valid IPv6 address \(9006\)"),
        ({"content": None}, "valid IPv4 address"),
        ({"content": "10.0.0.3"}, r"10\.0\.0\.3 is not allowed for a proxied record \(9003\)"),
        ({"content": "100.64.0.3"}, "not allowed for a proxied record"),
        ({"type": "AAAA", "content": "fd7a:115c:a1e0::1"}, "not allowed for a proxied record"),
        ({"ttl": 300}, r"must be 1 when the record is proxied \(9021\)"),
        ({"ttl": 30, "proxied": False}, r"invalid TTL 30"),
        ({"zoneId": "f" * 32}, r"403 Forbidden: .*\(9109\)"),
        ({"type": "TXT", "content": "x"}, "type TXT can't be proxied"),
    ],
)
def test_refuses_what_the_api_refuses(known: Known, records: Caller, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(RuntimeError, match=reason):
        records.create(**inputs(known, **changes))
    assert known.cloud.records() == {}


def test_refuses_types_that_the_lab_s_name_server_has_not(known: Known, records: Caller) -> None:
    with pytest.raises(ValueError, match="only A, AAAA, CNAME, TXT"):
        records.check(**inputs(known, type="MX"))


def test_a_private_address_is_fine_where_nobody_proxies(known: Known, records: Caller) -> None:
    assert records.create(**inputs(known, content="10.0.0.3", proxied=False)).resource_id


def test_an_identical_record_is_refused(known: Known, records: Caller) -> None:
    records.create(**inputs(known))
    with pytest.raises(RuntimeError, match=r"an identical record already exists \(81058\)"):
        records.create(**inputs(known, name="www", comment="another"))
    other = records.create(**inputs(known, content="198.51.100.2"))
    with pytest.raises(RuntimeError, match="81058"):
        records.update(other, **inputs(known))


def test_a_record_changes_in_place_but_for_its_zone(known: Known, records: Caller) -> None:
    made = records.create(**inputs(known))
    diff = records.diff(made, **inputs(known, content="198.51.100.9", name="api"))
    assert (sorted(diff.diffs), diff.replaces) == (["content", "name"], [])
    assert records.diff(made, **inputs(known, zoneId="f" * 32)).replaces == ["zoneId"]
    changed = records.update(made, **inputs(known, content="198.51.100.9"))
    assert changed.outputs["createdOn"] == made.outputs["createdOn"]
    assert known.cloud.records()[made.resource_id]["content"] == "198.51.100.9"


def test_a_comment_that_is_left_out_goes(known: Known, records: Caller) -> None:
    made = records.create(**inputs(known, comment="one"))
    assert records.diff(made, **inputs(known)).diffs == ["comment"]
    assert records.update(made, **inputs(known)).outputs["comment"] is None


def test_a_preview_knows_the_inputs_and_asks_nobody(known: Known, records: Caller) -> None:
    shown = records.create(preview=True, **inputs(known, content=UNKNOWN, zoneId="f" * 32))
    assert shown.outputs["name"] == f"www.{DOMAIN}"
    assert known.cloud.records() == {}


def test_a_record_that_is_gone_is_found_out_and_its_end_is_no_error(known: Known, records: Caller) -> None:
    made = records.create(**inputs(known))
    assert records.read(made, {}).resource_id == made.resource_id
    records.delete(made)
    records.delete(made)
    assert records.read(made, {}).resource_id == ""


@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_a_name_has_an_alias_or_addresses(known: Known, records: Caller, kind: str) -> None:
    address = inputs(known, type=kind, content="198.51.100.1" if kind == "A" else "2001:db8::1")
    alias = inputs(known, type="CNAME", content="other.example")
    made = records.create(**alias)
    with pytest.raises(RuntimeError, match=r"a CNAME record with that host already exists \(81054\)"):
        records.create(**address)
    with pytest.raises(RuntimeError, match=r"A, AAAA, or CNAME record with that host already exists \(81053\)"):
        records.create(**alias | {"content": "third.example"})
    records.create(**address | {"name": f"api.{DOMAIN}"})
    records.delete(made)
    records.create(**address)
    with pytest.raises(RuntimeError, match=r"\(81053\)"):
        records.create(**alias)
