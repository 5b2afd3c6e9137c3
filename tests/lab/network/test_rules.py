"""Every kind of security rule, as the router's packet filter says it."""

from collections.abc import Callable

import pytest

from lab.network import Rule
from lab.network.rules import render_match


@pytest.mark.parametrize(
    ("rule", "match"),
    [
        (Rule("egress", "all", "0.0.0.0/0"), "meta nfproto ipv4"),
        (Rule("egress", "all", "::/0"), "meta nfproto ipv6"),
        (Rule("ingress", "all", "10.0.0.0/16"), "ip saddr 10.0.0.0/16"),
        (Rule("egress", "all", "10.0.0.0/16"), "ip daddr 10.0.0.0/16"),
        (Rule("ingress", "all", "fd00::/8"), "ip6 saddr fd00::/8"),
        (Rule("ingress", "tcp", "0.0.0.0/0"), "meta nfproto ipv4 meta l4proto tcp"),
        (Rule("ingress", "tcp", "192.0.2.10/32", (22, 22)), "ip saddr 192.0.2.10/32 meta l4proto tcp tcp dport 22"),
        (
            Rule("ingress", "udp", "0.0.0.0/0", (1000, 2000), (53, 53)),
            "meta nfproto ipv4 meta l4proto udp udp sport 53 udp dport 1000-2000",
        ),
        (Rule("ingress", "icmp", "0.0.0.0/0"), "meta nfproto ipv4 meta l4proto icmp"),
        (Rule("ingress", "icmp", "0.0.0.0/0", icmp_type=3), "meta nfproto ipv4 icmp type 3"),
        (
            Rule("ingress", "icmp", "0.0.0.0/0", icmp_type=3, icmp_code=4),
            "meta nfproto ipv4 icmp type 3 icmp code 4",
        ),
        (Rule("ingress", "icmp", "::/0"), "meta nfproto ipv6 meta l4proto ipv6-icmp"),
        (Rule("ingress", "icmp", "::/0", icmp_type=128), "meta nfproto ipv6 icmpv6 type 128"),
    ],
)
def test_rule_in_the_filters_language(rule: Rule, match: str) -> None:
    assert render_match(rule) == match


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rule("ingress", "all", "10.0.0.0/33"), "10.0.0.0/33"),
        (lambda: Rule("ingress", "all", "10.0.0.1/16"), "has host bits set"),
        (lambda: Rule("ingress", "all", "10.0.0.0/16", (22, 22)), "only tcp and udp have ports"),
        (lambda: Rule("ingress", "tcp", "10.0.0.0/16", (23, 22)), "23-22 is not a range"),
        (lambda: Rule("ingress", "tcp", "10.0.0.0/16", None, (0, 65536)), "0-65536 is not a range"),
        (lambda: Rule("ingress", "tcp", "10.0.0.0/16", icmp_type=3), "only icmp has types"),
        (lambda: Rule("ingress", "icmp", "10.0.0.0/16", icmp_code=4), "a code needs its type"),
    ],
)
def test_refuses_rules_that_make_no_sense(make: Callable[[], Rule], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
