"""The account: domains that stay, a token that is asked for, and what is found out about it."""

import asyncio
import stat
from typing import Any

import pytest
from pulumi.provider.experimental import provider as sdk

from lab.lab import EDGE_ADDRESS, EDGE_ADDRESS_6
from lab.providers import published
from lab.providers.cloudflare.account import zone_id
from lab.providers.cloudflare.lookups import GET_DNS_RECORDS, GET_IP_RANGES, GET_ZONE, GET_ZONE_SETTING, GET_ZONES
from lab.providers.cloudflare.provider import CloudflareProvider
from lab.providers.properties import plain_map, value_map
from tests.lab.providers.cloudflare.conftest import DOMAIN, Known


def ask(known: Known, token: str, provider: CloudflareProvider | None = None, **arguments: Any) -> dict[str, Any]:
    """What a function answers."""
    request = sdk.InvokeRequest(token, value_map(arguments))
    answer = asyncio.run((provider or known.provider).invoke(request))
    assert not answer.failures, answer.failures
    return plain_map(answer.return_value or {})


def configured(known: Known, **settings: Any) -> CloudflareProvider:
    """A provider with settings of its own."""
    provider = CloudflareProvider(known.account.folder)
    arguments = value_map(settings)
    asyncio.run(provider.configure(sdk.ConfigureRequest({}, arguments, accept_secrets=True, accept_resources=True)))
    return provider


def test_a_domain_that_was_added_stays(known: Known) -> None:
    known.account.add_zones(["other.example"])
    known.account.add_zones([])
    assert known.account.zones() == {DOMAIN: known.zone, "other.example": zone_id("other.example")}


def test_the_token_is_for_its_owner_only_and_stays(known: Known) -> None:
    assert known.account.token() == known.account.token()
    assert stat.S_IMODE(known.account.token_file.stat().st_mode) == 0o600


def test_a_zone_is_found_by_name_and_by_id(known: Known) -> None:
    by_name = ask(known, GET_ZONE, filter={"name": DOMAIN, "match": "all"})
    published.check_outputs(GET_ZONE, by_name)
    assert by_name["zoneId"] == by_name["id"] == known.zone
    assert ask(known, GET_ZONE, zoneId=known.zone)["name"] == DOMAIN


def test_zones_are_listed(known: Known) -> None:
    found = ask(known, GET_ZONES, name=DOMAIN)
    published.check_outputs(GET_ZONES, found)
    assert [each["id"] for each in found["results"]] == [known.zone]
    assert ask(known, GET_ZONES, name="other.example")["results"] == []


def test_a_domain_that_nobody_has_added_is_told(known: Known) -> None:
    with pytest.raises(RuntimeError, match=r"zone other\.example: 0 found, of exactly one: is it added"):
        ask(known, GET_ZONE, filter={"name": "other.example", "match": "all"})


def test_the_ranges_are_the_edge_s_and_need_no_token(known: Known) -> None:
    found = ask(known, GET_IP_RANGES, CloudflareProvider(known.account.folder))
    published.check_outputs(GET_IP_RANGES, found)
    assert (found["ipv4Cidrs"], found["ipv6Cidrs"]) == ([f"{EDGE_ADDRESS}/32"], [f"{EDGE_ADDRESS_6}/128"])


@pytest.mark.parametrize(("token", "reason"), [("wrong", "10000"), ("", "set CLOUDFLARE_API_TOKEN")])
def test_everything_else_needs_the_account_s_token(
    known: Known, monkeypatch: pytest.MonkeyPatch, token: str, reason: str
) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", token)
    with pytest.raises(RuntimeError, match=reason):
        ask(known, GET_ZONES, CloudflareProvider(known.account.folder), name=DOMAIN)


def test_the_token_of_the_settings_comes_first(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "wrong")
    assert ask(known, GET_ZONES, configured(known, apiToken=known.account.token()), name=DOMAIN)["results"]


def test_the_retired_service_key_is_refused(known: Known) -> None:
    with pytest.raises(RuntimeError, match="retired: use an API token"):
        configured(known, apiUserServiceKey="v1.0-secret")


def test_the_mode_of_a_zone_is_a_new_one_s_until_it_is_set(known: Known) -> None:
    found = ask(known, GET_ZONE_SETTING, zoneId=known.zone, settingId="ssl")
    published.check_outputs(GET_ZONE_SETTING, found)
    assert found["value"] == "full"
    known.caller("ZoneSetting").create(zoneId=known.zone, settingId="ssl", value="flexible")
    assert ask(known, GET_ZONE_SETTING, zoneId=known.zone, settingId="ssl")["value"] == "flexible"


def test_records_are_found_by_their_whole_name(known: Known) -> None:
    records = known.caller("DnsRecord")
    wanted: dict[str, Any] = {"zoneId": known.zone, "type": "A", "content": "198.51.100.1", "proxied": True, "ttl": 1}
    made = records.create(**wanted, name="www", comment="lab: oracle-1")
    records.create(**wanted, name=f"api.{DOMAIN}")
    found = ask(known, GET_DNS_RECORDS, zoneId=known.zone, name={"exact": f"www.{DOMAIN}"})
    published.check_outputs(GET_DNS_RECORDS, found)
    assert [(each["id"], each["name"], each["comment"]) for each in found["results"]] == [
        (made.resource_id, f"www.{DOMAIN}", "lab: oracle-1")
    ]
    assert ask(known, GET_DNS_RECORDS, zoneId=known.zone, name={"exact": f"x.{DOMAIN}"})["results"] == []
