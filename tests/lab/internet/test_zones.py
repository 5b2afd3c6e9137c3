"""Names of the account's zones, as the files say at the moment when somebody asks."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from dnslib import QTYPE, RCODE, DNSRecord

from lab.files import replace
from lab.internet.dns import name_servers
from lab.internet.zones import AccountZones
from lab.lab import EDGE_ADDRESS, EDGE_ADDRESS_6
from lab.providers.cloudflare.account import RESOURCES, Account, zone_id

DOMAIN = "shop.example"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    account = Account(tmp_path_factory.mktemp("account"))
    account.add_zones([DOMAIN])
    return account


@pytest.fixture(scope="module")
def port(account: Account) -> Iterator[int]:
    """A running server for UDP."""
    servers = name_servers("127.0.0.1", 0, {"mirror.lab.test": "203.0.113.5"}, AccountZones(account.folder))
    for server in servers:
        server.start_thread()
    yield servers[0].server.server_address[1]
    for server in servers:
        server.stop()


def record(name: str, content: str, *, proxied: bool = False, kind: str = "A", ttl: int = 1) -> dict[str, Any]:
    """As the stand-in keeps it."""
    zone = zone_id(DOMAIN)
    named = {"_type": "dns_record", "_name": name, "zoneId": zone}
    return {**named, "type": kind, "content": content, "proxied": proxied, "ttl": ttl}


def have(account: Account, *records: dict[str, Any]) -> None:
    """These records, and something else."""
    other = {"_type": "zone_setting", "zoneId": zone_id(DOMAIN), "settingId": "ssl", "value": "strict"}
    replace(account.folder / RESOURCES, json.dumps({"x": other, **{str(n): each for n, each in enumerate(records)}}))


def ask(port: int, name: str, kind: str = "A") -> DNSRecord:
    """The answer to one question."""
    return DNSRecord.parse(DNSRecord.question(name, kind).send("127.0.0.1", port, timeout=5))


def contents(answer: DNSRecord) -> set[str]:
    """What was answered."""
    return {str(each.rdata) for each in answer.rr}


@pytest.mark.parametrize(("kind", "address"), [("A", EDGE_ADDRESS), ("AAAA", EDGE_ADDRESS_6)])
def test_a_proxied_name_has_the_edge_s_addresses_of_both_families(
    account: Account, port: int, kind: str, address: str
) -> None:
    have(account, record(f"www.{DOMAIN}", "198.51.100.1", proxied=True), record(f"www.{DOMAIN}", "198.51.100.2"))
    answer = ask(port, f"WWW.{DOMAIN}.", kind)
    assert (contents(answer), answer.rr[0].ttl) == ({address}, 300)


def test_other_names_have_what_their_records_say(account: Account, port: int) -> None:
    two = [record(f"ssh.{DOMAIN}", f"198.51.100.{number}", ttl=120) for number in (1, 2)]
    have(account, *two, record(f"ssh.{DOMAIN}", "a text", kind="TXT"))
    answer = ask(port, f"ssh.{DOMAIN}")
    assert (contents(answer), answer.rr[0].ttl) == ({"198.51.100.1", "198.51.100.2"}, 120)
    assert contents(ask(port, f"ssh.{DOMAIN}", "TXT")) == {'"a text"'}


def test_a_wildcard_is_for_names_without_records_of_their_own(account: Account, port: int) -> None:
    have(account, record(f"*.{DOMAIN}", "198.51.100.1"), record(f"own.{DOMAIN}", "text", kind="TXT"))
    assert contents(ask(port, f"any.{DOMAIN}")) == {"198.51.100.1"}
    assert contents(ask(port, f"own.{DOMAIN}")) == set()


def test_no_other_name_is_in_the_zone(account: Account, port: int) -> None:
    have(account, record(f"www.{DOMAIN}", "198.51.100.1"))
    absent, without, apex = ask(port, f"gone.{DOMAIN}"), ask(port, f"www.{DOMAIN}", "AAAA"), ask(port, DOMAIN)
    codes = [each.header.rcode for each in (absent, without, apex)]
    assert codes == [RCODE.NXDOMAIN, RCODE.NOERROR, RCODE.NOERROR]
    for answer in (absent, without, apex):
        assert QTYPE[answer.auth[0].rtype] == "SOA", "nobody knows for how long to remember it"
    assert contents(ask(port, "mirror.lab.test")) == {"203.0.113.5"}
    assert ask(port, f"not-{DOMAIN}").header.rcode == RCODE.NXDOMAIN


def test_what_changes_is_answered_at_once(account: Account, port: int) -> None:
    (account.folder / RESOURCES).unlink(missing_ok=True)  # as long as the program has made nothing
    assert ask(port, f"www.{DOMAIN}").header.rcode == RCODE.NXDOMAIN
    have(account, record(f"www.{DOMAIN}", "198.51.100.1"))
    assert contents(ask(port, f"www.{DOMAIN}")) == {"198.51.100.1"}
    have(account)
    assert ask(port, f"www.{DOMAIN}").header.rcode == RCODE.NXDOMAIN
