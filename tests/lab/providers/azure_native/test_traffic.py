"""Sets of packets: what is left of them when earlier rules have denied a part."""

from ipaddress import ip_network

import pytest

from lab.hosts import Rule
from lab.providers.azure_native.traffic import Traffic, allowed, both

EVERYWHERE, NETWORK = ip_network("0.0.0.0/0"), ip_network("10.0.0.0/8")
WEB = Traffic("tcp", EVERYWHERE, (80, 443))


def test_ports_are_cut_out() -> None:
    assert list(WEB - Traffic("tcp", EVERYWHERE, (100, 200))) == [
        Traffic("tcp", EVERYWHERE, (80, 99)),
        Traffic("tcp", EVERYWHERE, (201, 443)),
    ]


def test_a_range_is_cut_out() -> None:
    left = list(WEB - Traffic("all", NETWORK))
    assert len(left) == 8
    assert not any(part.network.overlaps(NETWORK) for part in left)


def test_ports_of_a_range_are_cut_out() -> None:
    left = list(WEB - Traffic("tcp", NETWORK, (443, 443)))
    assert Traffic("tcp", NETWORK, (80, 442)) in left
    assert sum(part.network.num_addresses for part in left) == EVERYWHERE.num_addresses


def test_of_all_protocols_those_with_a_name_are_left() -> None:
    left = list(Traffic("all", EVERYWHERE) - Traffic("tcp", EVERYWHERE))
    assert [part.protocol for part in left] == ["udp", "icmp"]


@pytest.mark.parametrize(
    "other",
    [
        Traffic("udp", EVERYWHERE),
        Traffic("tcp", EVERYWHERE, (22, 22)),
        Traffic("tcp", ip_network("::/0")),
    ],
)
def test_what_has_nothing_in_common_stays_whole(other: Traffic) -> None:
    assert list(WEB - other) == [WEB]


def test_nothing_is_left_of_a_part() -> None:
    assert list(Traffic("tcp", NETWORK, (443, 443)) - WEB) == []


def test_the_first_rule_that_fits_decides() -> None:
    deny = Traffic("all", NETWORK)
    assert allowed([(False, [deny]), (True, [Traffic("tcp", NETWORK)])]) == []
    assert allowed([(True, [Traffic("tcp", NETWORK)]), (False, [deny])]) == [Traffic("tcp", NETWORK)]


def test_two_lists_both_have_to_let_it_through() -> None:
    one, other = [Traffic("all", NETWORK), Traffic("udp", EVERYWHERE)], [Traffic("tcp", EVERYWHERE, (22, 22))]
    assert both(one, other) == [Traffic("tcp", NETWORK, (22, 22))]


def test_it_becomes_a_rule_of_the_filter() -> None:
    assert WEB.rule("ingress") == Rule("ingress", "tcp", "0.0.0.0/0", ports=(80, 443))
    assert Traffic("all", NETWORK).rule("egress") == Rule("egress", "all", "10.0.0.0/8")
