"""The router's whole packet filter for some hosts, compared with what was reviewed (and tried, in test_hosts.py)."""

from pathlib import Path

from lab.network import Attachment, Rule
from lab.network.router import render_filters

FIXTURE = Path(__file__).parent / "fixtures" / "three_hosts.nft"
OUT = Rule("egress", "all", "0.0.0.0/0")
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


def test_filters_of_three_hosts_are_as_reviewed() -> None:
    assert render_filters(HOSTS) == FIXTURE.read_text()


def test_the_order_of_hosts_does_not_matter() -> None:
    assert render_filters(HOSTS) == render_filters(reversed(HOSTS))


def test_a_host_without_rules_is_closed_both_ways() -> None:
    text = render_filters([Attachment("shut", "10.0.0.13", "10.0.0.0/24", None, ())])
    assert "chain in-shut {\n    drop\n" in text
    assert "ip daddr != 10.0.0.0/24 drop\n    drop\n" in text
