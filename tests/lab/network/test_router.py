"""The router's whole packet filter for some hosts, compared with what was reviewed (and tried, in tests/lab/hosts)."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from lab.network import HOME, Attachment, Rule
from lab.network.router import render_filters

FIXTURES = Path(__file__).parent / "fixtures"
OUT = Rule("egress", "all", "0.0.0.0/0")
OUT_6 = Rule("egress", "all", "::/0")
HOSTS = [
    Attachment("oracle-2", "10.0.0.12", "10.0.0.0/16", "198.51.100.12", (OUT, Rule("ingress", "tcp", "10.0.0.0/16"))),
    Attachment("oracle-1", "10.0.0.11", "10.0.0.0/16", "198.51.100.11", (OUT,)),
    Attachment(
        "inner",
        "172.16.0.5",
        "172.16.0.0/24",
        None,
        (Rule("ingress", "udp", "0.0.0.0/0", (41641, 41641)), Rule("egress", "udp", "203.0.113.3/32", (53, 53))),
    ),
]
MIXED = [
    Attachment(
        *("oracle-1", "10.0.0.11", "10.0.0.0/16", "198.51.100.11", (OUT, OUT_6)),
        cloud="oracle",
        ipv6="2001:db8:100::11",
        network_6="2001:db8:100::/64",
    ),
    Attachment(
        *("azure-1", "10.1.0.4", "10.1.0.0/16", "198.51.100.130", (OUT, OUT_6, Rule("ingress", "tcp", "::/0"))),
        cloud="azure",
        ipv6="fd00:1::4",
        network_6="fd00:1::/48",
        public_ipv6="2001:db8:180::4",
    ),
    Attachment(
        *("home-1", "10.0.0.20", "10.0.0.0/24", None, (OUT,)),
        cloud=HOME,
        shared_address="192.0.2.40",
    ),
]


@pytest.mark.parametrize(("name", "hosts"), [("three_hosts", HOSTS), ("mixed_hosts", MIXED)])
def test_filters_are_as_reviewed(name: str, hosts: list[Attachment]) -> None:
    fixture = FIXTURES / f"{name}.nft"
    if os.environ.get("REGENERATE"):
        fixture.write_text(render_filters(hosts))
    assert render_filters(hosts) == fixture.read_text()


def test_the_order_of_hosts_does_not_matter() -> None:
    assert render_filters(HOSTS) == render_filters(reversed(HOSTS))


def test_a_host_without_rules_is_closed_both_ways() -> None:
    text = render_filters([Attachment("shut", "10.0.0.13", "10.0.0.0/24", None, ())])
    assert "chain in-shut {\n    drop\n" in text
    assert "ip6 daddr != ::1 drop\n    drop\n" in text


def test_equal_ranges_of_two_clouds_are_two_networks() -> None:
    here, there = MIXED[0], replace(MIXED[1], private_address="10.0.7.4")
    text = render_filters([here, there])
    assert "ip daddr 10.0.7.4 drop" in text
    assert "ip daddr 10.0.7.4 drop" not in render_filters([here, replace(there, cloud=here.cloud)])


def test_what_is_behind_a_router_at_home_appears_as_that_and_is_nobodys_to_reach() -> None:
    text = render_filters(MIXED)
    assert "10.0.0.20 : 192.0.2.40" in text
    assert "192.0.2.40 : " not in text
    assert 'iifname "to-operator" ip daddr @homes accept' in text
