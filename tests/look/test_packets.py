"""What a host's rules do with a packet: real firewalls are in captured/, and here are the corners."""

from ipaddress import IPv4Address
from typing import Any

import pytest

from components.look.packets.iptables import Filter
from components.look.packets.nftables import Ruleset
from components.look.packets.packet import Packet

FROM_POD = Packet("pod", "input", "cni0", "", IPv4Address("10.42.1.2"), IPv4Address("100.64.0.3"), 10250)
THROUGH = Packet("pods", "forward", "cni0", "flannel.1", IPv4Address("10.42.1.2"), IPv4Address("10.42.2.2"), 8000)
CHAINS = (":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":own - [0:0]", ":more - [0:0]")


def dropped(packet: Packet, *rules: str) -> bool:
    return Filter((*CHAINS, *(f"-A {rule}" for rule in rules))).dropped_by(packet) is not None


@pytest.mark.parametrize(
    "condition",
    [
        "-i cni0",
        "-i cni+",
        "! -i eth0",
        "-s 10.42.0.0/16",
        "-s 192.168.0.0/16,10.0.0.0/8",
        "! -d 192.168.1.1/32",
        "-p tcp",
        "-p tcp -m tcp --dport 10000:11000",
        "-p tcp -m multiport --dports 22,10250",
        "-m conntrack --ctstate NEW,INVALID",
        "-m conntrack ! --ctstate RELATED,ESTABLISHED",
        "-m state --state NEW",
        "-m addrtype --dst-type LOCAL",
        '-m comment --comment "what -s and -j are for"',
        "-p tcp -m tcp --syn",
    ],
)
def test_a_condition_of_iptables_that_holds(condition: str) -> None:
    assert dropped(FROM_POD, f"INPUT {condition} -j DROP")
    assert not dropped(FROM_POD, f"INPUT {condition} -j ACCEPT", "INPUT -j DROP")


@pytest.mark.parametrize(
    "condition",
    [
        "-i eth0",
        "! -i cni0",
        "-s 10.43.0.0/16",
        "-p udp",
        "-p tcp -m tcp --dport 22",
        "-m conntrack --ctstate RELATED,ESTABLISHED",
        "-m addrtype --dst-type BROADCAST",
        "-o eth0",
        "-m mark --mark 0x1",
        "-m set --match-set bad src",
        "-m limit --limit 3/min",
        "-s 10.42.0.0/255.0.255.0",
    ],
)
def test_a_condition_of_iptables_that_does_not_hold_or_is_not_known(condition: str) -> None:
    assert not dropped(FROM_POD, f"INPUT {condition} -j DROP")
    assert dropped(FROM_POD, f"INPUT {condition} -j ACCEPT", "INPUT -j REJECT --reject-with icmp-port-unreachable")


def test_chains_call_others_and_come_back() -> None:
    assert dropped(FROM_POD, "INPUT -j own", "own -j more", "more -j DROP")
    assert dropped(FROM_POD, "INPUT -j own", "own -j more", "more -j RETURN", "own -j DROP")
    assert not dropped(FROM_POD, "INPUT -j own", "own -j RETURN", "own -j DROP")
    assert dropped(FROM_POD, "INPUT -j own", "own -j LOG --log-prefix x", "INPUT -j DROP")
    assert not dropped(FROM_POD, "INPUT -g own", "INPUT -j DROP")


def test_what_no_rule_decides() -> None:
    """For the host itself its policy holds. Of passing packets flannel accepts those of pods, at the end."""
    assert Filter([":INPUT DROP [0:0]"]).dropped_by(FROM_POD) == "-P INPUT DROP"
    assert Filter([":FORWARD DROP [0:0]"]).dropped_by(THROUGH) is None
    assert Filter([]).dropped_by(FROM_POD) is None


def test_what_comes_after_flannel_drops_nothing() -> None:
    assert dropped(THROUGH, "FORWARD -j REJECT", "FORWARD -j FLANNEL-FWD")
    assert not dropped(THROUGH, "FORWARD -j FLANNEL-FWD", "FORWARD -j REJECT")


def test_a_line_that_nobody_understands_is_left_out() -> None:
    assert not dropped(FROM_POD, 'INPUT -m comment --comment "open', "INPUT -j ACCEPT", "INPUT -j DROP")


def ruleset(*rules: list[dict[str, Any]], policy: str = "accept") -> Ruleset:
    place = {"family": "inet", "table": "mine"}
    chain = {"chain": {**place, "name": "in", "hook": "input", "policy": policy}}
    other = {"chain": {**place, "name": "other"}}
    written = [{"rule": {**place, "chain": "in", "expr": rule}} for rule in rules]
    return Ruleset([chain, other, *written, {"rule": {**place, "chain": "other", "expr": [{"accept": None}]}}])


def match(left: dict[str, Any], right: Any, op: str = "==") -> dict[str, Any]:
    return {"match": {"op": op, "left": left, "right": right}}


DROP: dict[str, Any] = {"drop": None}
SOURCE = {"payload": {"protocol": "ip", "field": "saddr"}}
PORT = {"payload": {"protocol": "tcp", "field": "dport"}}
STATE = {"ct": {"key": "state"}}
BY = {"meta": {"key": "iifname"}}


@pytest.mark.parametrize(
    "condition",
    [
        match(BY, "cni0"),
        match(BY, "cni*"),
        match(BY, {"set": ["eth0", "cni0"]}),
        match(BY, "eth0", "!="),
        match(SOURCE, {"prefix": {"addr": "10.42.0.0", "len": 16}}),
        match(SOURCE, {"set": ["10.9.9.9", {"prefix": {"addr": "10.0.0.0", "len": 8}}]}),
        match(SOURCE, {"set": [{"elem": {"val": "10.42.1.2", "counter": {}}}]}),
        match(PORT, {"range": [10000, 11000]}),
        match(STATE, ["new", "untracked"], "in"),
        match({"meta": {"key": "l4proto"}}, "tcp"),
    ],
)
def test_a_condition_of_nftables_that_holds(condition: dict[str, Any]) -> None:
    assert ruleset([condition, DROP]).dropped_by(FROM_POD) == ("inet", "mine", "in")
    assert (
        ruleset([condition, {"counter": {"packets": 1}}, {"accept": None}], policy="drop").dropped_by(FROM_POD) is None
    )


@pytest.mark.parametrize(
    "condition",
    [
        match(BY, "eth0"),
        match(SOURCE, "@blocked"),
        match(SOURCE, "10.42.1.3"),
        match({"payload": {"protocol": "udp", "field": "dport"}}, 10250),
        match({"payload": {"protocol": "ip6", "field": "saddr"}}, "fd00::1"),
        match({"meta": {"key": "mark"}}, 1),
        match(STATE, ["established", "related"], "in"),
        {"limit": {"rate": 3, "per": "second"}},
        {"xt": {"type": "match", "name": "comment"}},
    ],
)
def test_a_condition_of_nftables_that_does_not_hold_or_is_not_known(condition: dict[str, Any]) -> None:
    assert ruleset([condition, DROP]).dropped_by(FROM_POD) is None
    assert ruleset([condition, {"accept": None}], policy="drop").dropped_by(FROM_POD) == ("inet", "mine", "in")


def test_nftables_maps_and_chains() -> None:
    verdicts = {"set": [["established", {"accept": None}], ["new", {"jump": {"target": "other"}}]]}
    assert ruleset([{"vmap": {"key": STATE, "data": verdicts}}], policy="drop").dropped_by(FROM_POD) is None
    assert ruleset([{"vmap": {"key": STATE, "data": "@named"}}], policy="drop").dropped_by(FROM_POD)
    assert ruleset([{"jump": {"target": "other"}}, {"accept": None}], policy="drop").dropped_by(FROM_POD) is None
    assert ruleset([{"return": None}], [{"accept": None}], policy="drop").dropped_by(FROM_POD)


def test_a_chain_for_other_packets_is_not_asked() -> None:
    assert ruleset([DROP]).dropped_by(THROUGH) is None
