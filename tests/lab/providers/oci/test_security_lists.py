"""Security lists: which rules are refused, and what a host's filter is made of, the moment that something changes."""

from typing import Any

import pytest

from lab.hosts import Rule
from tests.lab.providers.oci.cloud import EVERYTHING_OUT, Network

OUT = Rule("egress", "all", "0.0.0.0/0")
WIREGUARD = {"protocol": "17", "source": "0.0.0.0/0", "udpOptions": {"min": 41641, "max": 41641}}
UNREACHABLE = {"protocol": "1", "source": "10.0.0.0/16", "icmpOptions": {"type": 3, "code": 4}}


def change_list(network: Network, ingress: list[dict[str, Any]]) -> None:
    """Give the subnet's list other rules for what comes in."""
    network.lists.update(
        network.list, ingressSecurityRules=ingress, egressSecurityRules=[EVERYTHING_OUT], **network.in_vcn
    )


def test_a_changed_list_is_in_force_at_once(network: Network) -> None:
    network.launch("oracle-1")
    assert list(network.machines.firewalls["oracle-1"]) == [OUT]
    change_list(network, [WIREGUARD, UNREACHABLE])
    assert network.machines.firewalls["oracle-1"] == (
        Rule("ingress", "udp", "0.0.0.0/0", ports=(41641, 41641)),
        Rule("ingress", "icmp", "10.0.0.0/16", icmp_type=3, icmp_code=4),
        OUT,
    )


def test_a_subnet_with_another_list_has_its_rules(network: Network) -> None:
    network.launch("oracle-1")
    other = network.lists.create(ingressSecurityRules=[WIREGUARD], **network.in_vcn)
    inputs = network.subnet_inputs | {"securityListIds": [other.resource_id], "cidrBlock": "10.0.0.0/24"}
    network.subnets.update(network.subnet, **inputs)
    assert network.machines.firewalls["oracle-1"] == (Rule("ingress", "udp", "0.0.0.0/0", ports=(41641, 41641)),)


def test_without_a_route_to_the_internet_only_the_vcn_is_reached(network: Network) -> None:
    network.launch("oracle-1")
    change_list(network, [WIREGUARD, {"protocol": "6", "source": "192.0.2.0/24"}])
    network.tables.update(network.table, routeRules=[], **network.in_vcn)
    assert network.machines.firewalls["oracle-1"] == (
        Rule("ingress", "udp", "10.0.0.0/16", ports=(41641, 41641)),
        Rule("egress", "all", "10.0.0.0/16"),
    )


def test_a_gateway_that_is_switched_off_is_no_way_out(network: Network) -> None:
    network.launch("oracle-1")
    network.gateways.update(network.gateway, enabled=False, **network.in_vcn)
    assert network.machines.firewalls["oracle-1"] == (Rule("egress", "all", "10.0.0.0/16"),)


def test_the_default_list_lets_ssh_in_until_it_is_taken_over(network: Network) -> None:
    subnet = network.subnets.create(cidrBlock="10.0.9.0/24", routeTableId=network.table.resource_id, **network.in_vcn)
    network.launch("oracle-9", {"subnetId": subnet.resource_id})
    ssh = Rule("ingress", "tcp", "0.0.0.0/0", ports=(22, 22))
    assert ssh in network.machines.firewalls["oracle-9"]
    caller = network.caller("oci:Core", "defaultSecurityList:DefaultSecurityList")
    made = caller.create(
        manageDefaultResourceId=network.vcn.outputs["defaultSecurityListId"], egressSecurityRules=[EVERYTHING_OUT]
    )
    assert network.machines.firewalls["oracle-9"] == (OUT,)
    caller.delete(made)
    assert ssh in network.machines.firewalls["oracle-9"]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"protocol": "tcp", "source": "0.0.0.0/0"}, "protocol 'tcp'"),
        ({"protocol": "6", "source": "10.0.0.1/8"}, "has host bits set"),
        ({"protocol": "6", "source": "0.0.0.0/0", "tcpOptions": {"min": 80}}, "ports need both min and max"),
        ({"protocol": "6", "source": "0.0.0.0/0", "tcpOptions": {"min": 90, "max": 80}}, "not a range of ports"),
        (
            {"protocol": "17", "source": "0.0.0.0/0", "tcpOptions": {"min": 80, "max": 80}},
            "tcpOptions with protocol 17",
        ),
        ({"protocol": "6", "source": "0.0.0.0/0", "stateless": True}, "no stateless rules"),
        ({"protocol": "58", "source": "0.0.0.0/0"}, "is ICMP of IPv6"),
        ({"protocol": "1", "source": "::/0"}, "is ICMP of IPv4"),
    ],
)
def test_refuses_rules_that_oracle_or_the_lab_can_not_have(network: Network, rule: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        network.lists.check(ingressSecurityRules=[rule], **network.in_vcn)


def test_the_order_of_rules_and_in_them_is_no_change(network: Network) -> None:
    one = network.lists.create(ingressSecurityRules=[WIREGUARD, UNREACHABLE], **network.in_vcn)
    turned = dict(reversed(WIREGUARD.items()))
    assert not network.lists.diff(one, ingressSecurityRules=[UNREACHABLE, turned], **network.in_vcn).changes
