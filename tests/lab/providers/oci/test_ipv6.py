"""IPv6: ranges that Oracle gives, subnets' parts of them, addresses on network cards, filters and routes for them."""

from typing import Any

import pytest

from lab.hosts import Rule
from lab.providers import published
from lab.providers.oci.cloud import CloudError
from lab.providers.properties import plain_map
from tests.lab.providers.calling import Made
from tests.lab.providers.oci.cloud import COMPARTMENT, EVERYTHING_OUT, Network

OUT_6 = {"protocol": "all", "destination": "::/0"}
TOO_BIG = {"protocol": "58", "source": "::/0", "icmpOptions": {"type": 2, "code": 0}}


def test_each_vcn_with_ipv6_has_a_range_of_its_own(network: Network) -> None:
    made = [
        network.vcns.create(compartmentId=COMPARTMENT, cidrBlock="10.9.0.0/16", isIpv6enabled=True) for _ in range(2)
    ]
    assert [one.outputs["ipv6cidrBlocks"] for one in made] == [["2001:db8:100::/56"], ["2001:db8:100:100::/56"]]
    published.check_outputs(network.vcns.token, made[0].outputs)
    network.vcns.delete(made[0])
    again = network.vcns.create(compartmentId=COMPARTMENT, cidrBlock="10.9.0.0/16", isIpv6enabled=True)
    assert again.outputs["ipv6cidrBlocks"] == ["2001:db8:100::/56"]


def test_ipv6_is_enabled_in_place_and_for_good(network: Network) -> None:
    inputs = {"cidrBlocks": ["10.0.0.0/16"], "dnsLabel": "lab", **network.in_it}
    diff = network.vcns.diff(network.vcn, isIpv6enabled=True, isOracleGuaAllocationEnabled=True, **inputs)
    assert diff.diffs == ["isIpv6enabled", "isOracleGuaAllocationEnabled"]
    assert not diff.replaces
    vcn = network.with_ipv6()
    assert vcn.outputs["ipv6cidrBlocks"] == ["2001:db8:100::/56"]
    with pytest.raises(CloudError, match="can't be disabled"):
        network.vcns.update(vcn, isIpv6enabled=False, **inputs)


def test_a_subnet_has_a_64_of_its_vcns_range(network: Network) -> None:
    network.with_ipv6()
    assert network.subnet.outputs["ipv6cidrBlocks"] == ["2001:db8:100::/64"]
    published.check_outputs(network.subnets.token, network.subnet.outputs)
    made = network.subnets.create(
        cidrBlock="10.0.7.0/24", ipv6cidrBlocks=["2001:db8:100:7::/64"], **network.subnet_inputs
    )
    assert made.outputs["ipv6cidrBlock"] == "2001:db8:100:7::/64"


@pytest.mark.parametrize(
    ("cidr", "reason"),
    [
        ("2001:db8:100::/64", "overlaps subnet lab"),
        ("2001:db8:100:100::/64", r"is not within its VCN \(2001:db8:100::/56\)"),
        ("2001:db8:100:10::/60", "a subnet's IPv6 range is a /64"),
        ("nonsense", "400-InvalidParameter"),
    ],
)
def test_refuses_other_ranges_for_a_subnet(network: Network, cidr: str, reason: str) -> None:
    network.with_ipv6()
    with pytest.raises(CloudError, match=reason):
        network.subnets.create(cidrBlock="10.0.7.0/24", ipv6cidrBlock=cidr, **network.subnet_inputs)


def test_refuses_a_range_in_a_vcn_without_ipv6(network: Network) -> None:
    with pytest.raises(CloudError, match="which has no IPv6: set isIpv6enabled"):
        network.subnets.create(cidrBlock="10.0.7.0/24", ipv6cidrBlock="2001:db8:100::/64", **network.subnet_inputs)


def test_a_card_has_the_lowest_free_address_if_asked(network: Network) -> None:
    network.with_ipv6()
    network.launch("oracle-1", {"assignIpv6ip": True})
    network.launch("oracle-2", {"assignIpv6ip": True})
    network.launch("oracle-3")
    specs = network.machines.specs
    assert [specs[name].ipv6 for name in sorted(specs)] == ["2001:db8:100::2", "2001:db8:100::3", None]
    assert specs["oracle-1"].ipv6_subnet == "2001:db8:100::/64"
    assert specs["oracle-1"].ipv6_network == "2001:db8:100::/56"


def test_a_wanted_address_is_given_once(network: Network) -> None:
    network.with_ipv6()
    pair = {"ipv6subnetCidr": "2001:db8:100::/64", "ipv6address": "2001:db8:100:0::77"}
    vnic: dict[str, Any] = {"ipv6addressIpv6subnetCidrPairDetails": [pair]}
    network.launch("oracle-1", vnic)
    assert network.machines.specs["oracle-1"].ipv6 == "2001:db8:100::77"
    with pytest.raises(CloudError, match="2001:db8:100::77 is taken"):
        network.launch("oracle-2", vnic)


def test_refuses_an_address_in_a_subnet_without_a_range(network: Network) -> None:
    with pytest.raises(CloudError, match="subnet lab has no IPv6 range"):
        network.launch("oracle-1", {"assignIpv6ip": True})
    assert not network.machines.specs


def test_an_address_goes_with_its_instance(network: Network) -> None:
    network.with_ipv6()
    network.instances.delete(network.launch("oracle-1", {"assignIpv6ip": True}))
    network.launch("oracle-2", {"assignIpv6ip": True})
    assert network.machines.specs["oracle-2"].ipv6 == "2001:db8:100::2"


def test_a_range_in_use_stays(network: Network) -> None:
    network.with_ipv6()
    network.launch("oracle-1", {"assignIpv6ip": True})
    with pytest.raises(CloudError, match="409-Conflict: still used by ipv6"):
        network.subnets.update(
            network.subnet, cidrBlock="10.0.0.0/24", ipv6cidrBlock="2001:db8:100:1::/64", **network.subnet_inputs
        )


def test_rules_are_of_one_family_each(network: Network) -> None:
    network.with_ipv6()
    network.launch("oracle-1", {"assignIpv6ip": True})
    network.lists.update(
        network.list, ingressSecurityRules=[TOO_BIG], egressSecurityRules=[EVERYTHING_OUT, OUT_6], **network.in_vcn
    )
    assert network.machines.firewalls["oracle-1"] == (
        Rule("ingress", "icmp", "::/0", icmp_type=2, icmp_code=0),
        Rule("egress", "all", "0.0.0.0/0"),
        Rule("egress", "all", "::/0"),
    )


def test_without_a_route_for_ipv6_only_the_vcn_is_reached_by_it(network: Network) -> None:
    network.with_ipv6()
    network.launch("oracle-1", {"assignIpv6ip": True})
    network.lists.update(network.list, egressSecurityRules=[EVERYTHING_OUT, OUT_6], **network.in_vcn)
    network.tables.update(network.table, routeRules=[network.route], **network.in_vcn)
    assert network.machines.firewalls["oracle-1"] == (
        Rule("egress", "all", "0.0.0.0/0"),
        Rule("egress", "all", "2001:db8:100::/56"),
    )


def test_the_internet_does_not_get_in_where_the_subnet_prohibits_it(network: Network) -> None:
    network.with_ipv6()
    listed = network.lists.create(ingressSecurityRules=[TOO_BIG], **network.in_vcn)
    closed = network.subnets.create(
        cidrBlock="10.0.7.0/24",
        ipv6cidrBlock="2001:db8:100:7::/64",
        prohibitInternetIngress=True,
        **network.subnet_inputs | {"securityListIds": [listed.resource_id]},
    )
    vnic = {"subnetId": closed.resource_id, "assignIpv6ip": True, "assignPublicIp": "false"}
    network.launch("oracle-1", vnic)
    inside = Rule("ingress", "icmp", "2001:db8:100::/56", icmp_type=2, icmp_code=0)
    assert network.machines.firewalls["oracle-1"] == (inside,)


def test_the_default_list_of_a_vcn_with_ipv6_speaks_of_it(network: Network) -> None:
    vcn = network.vcns.create(compartmentId=COMPARTMENT, cidrBlock="10.9.0.0/16", isIpv6enabled=True)
    lists = network.caller("oci:Core", "defaultSecurityList:DefaultSecurityList")
    found = plain_map(lists.read(Made(vcn.outputs["defaultSecurityListId"], {}), {}).properties)
    assert [rule["destination"] for rule in found["egressSecurityRules"]] == ["0.0.0.0/0", "::/0"]
    assert TOO_BIG in found["ingressSecurityRules"]
