"""Security groups: which rules are refused, and what a host's filter is made of, the moment that something changes."""

from ipaddress import ip_network
from typing import Any

import pytest

from lab.hosts import Rule
from lab.providers.azure_native.cloud import CloudError
from tests.lab.providers.azure_native.cloud import Azure, interface_inputs, rule

WIREGUARD = rule("wireguard", 100, protocol="Udp", destinationPortRange="41641")
NOTHING_ELSE = rule("nothing-else", 4096, access="Deny", protocol="*", destinationPortRange="*")
VISITORS = rule("visitors", 200, sourceAddressPrefix=None, sourceAddressPrefixes=["192.0.2.0/24"]) | {
    "destinationPortRange": None,
    "destinationPortRanges": ["80", "443"],
}
UDP_IN = [Rule("ingress", "udp", anywhere, ports=(41641, 41641)) for anywhere in ("0.0.0.0/0", "::/0")]
OUT = [Rule("egress", "all", anywhere) for anywhere in ("0.0.0.0/0", "::/0")]


def given(each: dict[str, Any]) -> dict[str, Any]:
    """A rule without what is not given."""
    return {name: value for name, value in each.items() if value is not None}


def ingress(azure: Azure, name: str = "azure-1") -> list[Rule]:
    """What is let in to a host."""
    return [rule for rule in azure.machines.firewalls[name] if rule.direction == "ingress"]


def reached(azure: Azure, name: str = "azure-1") -> list[Rule]:
    """What a host reaches."""
    return [rule for rule in azure.machines.firewalls[name] if rule.direction == "egress"]


def test_the_programs_groups_let_in_what_they_are_to(azure: Azure) -> None:
    group = azure.group_of("group", WIREGUARD, given(VISITORS), NOTHING_ELSE)
    azure.launch("azure-1", azure.open_interface("nic", group))
    visitors = [Rule("ingress", "tcp", "192.0.2.0/24", ports=(port, port)) for port in (80, 443)]
    assert ingress(azure) == [*UDP_IN, *visitors]
    assert reached(azure) == OUT, "the network and the internet by the default rules: together everywhere"


def test_the_default_rules_let_the_network_and_load_balancers_in(azure: Azure) -> None:
    azure.launch("azure-1", azure.open_interface("nic", azure.group_of("group")))
    assert {each.network for each in ingress(azure)} == {"10.1.0.0/16", "fd4b::/48", "168.63.129.16/32"}


def test_without_any_group_only_the_network_gets_in(azure: Azure) -> None:
    azure.launch("azure-1", azure.open_interface("nic"))
    assert ingress(azure) == [Rule("ingress", "all", "10.1.0.0/16"), Rule("ingress", "all", "fd4b::/48")]
    assert reached(azure) == OUT


def test_without_a_public_address_only_the_network_is_reached(azure: Azure) -> None:
    configurations = [azure.configuration(), azure.configuration("IPv6")]
    azure.launch("azure-1", azure.interface("nic", *configurations, group=azure.group_of("group")))
    assert reached(azure) == [Rule("egress", "all", "10.1.0.0/16"), Rule("egress", "all", "fd4b::/48")]


def test_a_public_address_of_one_kind_is_a_way_out_for_that_kind(azure: Azure) -> None:
    configurations = [azure.configuration(public=azure.address("a")), azure.configuration("IPv6")]
    azure.launch("azure-1", azure.interface("nic", *configurations))
    assert [each.network for each in reached(azure)] == ["0.0.0.0/0", "fd4b::/48"]


def test_a_changed_group_is_in_force_at_once(azure: Azure) -> None:
    group = azure.group_of("group", NOTHING_ELSE)
    azure.launch("azure-1", azure.open_interface("nic", group))
    assert ingress(azure) == []
    azure.put("NetworkSecurityGroup", group, securityRules=[WIREGUARD, NOTHING_ELSE])
    assert ingress(azure) == UDP_IN


def test_another_group_is_in_force_at_once(azure: Azure) -> None:
    interface = azure.open_interface("nic", azure.group_of("one", NOTHING_ELSE))
    azure.launch("azure-1", interface)
    configurations = [
        {name: each[name] for name in azure.configuration() | {"publicIPAddress": ""} if name in each}
        for each in interface.outputs["ipConfigurations"]
    ]
    other = azure.group_of("other", WIREGUARD, NOTHING_ELSE)
    azure.put("NetworkInterface", interface, **interface_inputs(configurations, other))
    assert ingress(azure) == UDP_IN


def test_rules_on_their_own_are_in_the_group(azure: Azure) -> None:
    group = azure.make("NetworkSecurityGroup", "loose")
    azure.launch("azure-1", azure.open_interface("nic", group))
    inputs = {name: value for name, value in WIREGUARD.items() if name != "name"}
    made = azure.make("SecurityRule", "wireguard", networkSecurityGroupName="loose", **inputs)
    assert UDP_IN[0] in ingress(azure)
    azure.put("NetworkSecurityGroup", group, tags={"stack": "lab"})
    assert UDP_IN[0] in ingress(azure), "a group that names no rules keeps those that there are"
    azure.end("SecurityRule", made)
    assert UDP_IN[0] not in ingress(azure)


def test_a_denial_before_a_permission_wins_where_both_fit(azure: Azure) -> None:
    deny = rule("not-those", 100, access="Deny", sourceAddressPrefix="192.0.2.0/25")
    allow = rule("web", 200, sourceAddressPrefix="192.0.2.0/24")
    azure.launch("azure-1", azure.open_interface("nic", azure.group_of("group", deny, allow, NOTHING_ELSE)))
    assert ingress(azure) == [Rule("ingress", "tcp", "192.0.2.128/25", ports=(443, 443))]


def test_both_groups_have_to_let_it_in(azure: Azure) -> None:
    subnets = azure.group_of("subnets", rule("web", 100), NOTHING_ELSE)
    azure.put(
        "Subnet",
        azure.subnet,
        virtualNetworkName="net",
        addressPrefixes=["10.1.0.0/24", "fd4b::/64"],
        networkSecurityGroup={"id": subnets.resource_id},
    )
    own = azure.group_of("own", rule("all", 100, destinationPortRange="*", sourceAddressPrefix="192.0.2.0/24"))
    azure.launch("azure-1", azure.open_interface("nic", own))
    assert Rule("ingress", "tcp", "192.0.2.0/24", ports=(443, 443)) in ingress(azure)
    assert all(each.ports == (443, 443) for each in ingress(azure))


def test_internet_is_everywhere_but_the_network(azure: Azure) -> None:
    group = azure.group_of("group", rule("web", 100, sourceAddressPrefix="Internet"), NOTHING_ELSE)
    azure.launch("azure-1", azure.open_interface("nic", group))
    networks = [ip_network(each.network) for each in ingress(azure)]
    assert ip_network("128.0.0.0/1") in networks
    assert not any(network.overlaps(ip_network("10.1.0.0/16")) for network in networks if network.version == 4)


def test_a_rule_for_an_application_group_is_for_its_interfaces(azure: Azure) -> None:
    web = azure.make("ApplicationSecurityGroup", "web")
    named = {"destinationAddressPrefix": None, "destinationApplicationSecurityGroups": [{"id": web.resource_id}]}
    group = azure.group_of("group", given(rule("web", 100, **named)), NOTHING_ELSE)
    inside = azure.configuration(applicationSecurityGroups=[{"id": web.resource_id}], public=azure.address("a"))
    azure.launch("azure-1", azure.interface("one", inside, group=group))
    azure.launch("azure-2", azure.interface("two", azure.configuration(public=azure.address("b")), group=group))
    assert ingress(azure) == [Rule("ingress", "tcp", "0.0.0.0/0", ports=(443, 443))]
    assert ingress(azure, "azure-2") == []
    with pytest.raises(CloudError, match="InUseApplicationSecurityGroupCannotBeDeleted"):
        azure.end("ApplicationSecurityGroup", web)


def test_icmp_is_that_of_ipv4(azure: Azure) -> None:
    ping = rule("ping", 100, protocol="Icmp", destinationPortRange="*")
    azure.launch("azure-1", azure.open_interface("nic", azure.group_of("group", ping, NOTHING_ELSE)))
    assert ingress(azure) == [Rule("ingress", "icmp", "0.0.0.0/0")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"priority": 99}, "SecurityRuleInvalidPriority: priority 99 is not within 100 and 4096"),
        ({"priority": 4097}, "SecurityRuleInvalidPriority"),
        ({"sourceAddressPrefix": "10.0.0.1/8"}, "SecurityRuleInvalidAddressPrefix: .*host bits"),
        ({"sourceAddressPrefix": "Cloudflare"}, "service tags that the lab knows"),
        ({"sourceAddressPrefix": None}, "needs either sourceAddressPrefix"),
        (
            {"sourceAddressPrefix": None, "sourceAddressPrefixes": ["10.0.0.0/8", "fd00::/8"]},
            "SecurityRuleAddressPrefixesMixed",
        ),
        (
            {"sourceAddressPrefix": None, "sourceAddressPrefixes": ["10.0.0.0/8", "Internet"]},
            "Internet can't stand beside others",
        ),
        ({"destinationPortRange": "80-79"}, "SecurityRuleInvalidPortRange"),
        ({"destinationPortRange": "http"}, "SecurityRuleInvalidPortRange"),
        ({"destinationPortRange": None}, "needs either destinationPortRange or destinationPortRanges"),
        ({"protocol": "Icmp"}, "Icmp has no ports"),
        ({"protocol": "Esp"}, "the lab has Tcp, Udp, Icmp"),
        ({"name": None}, "needs a name"),
    ],
)
def test_refuses_rules_that_azure_or_the_lab_can_not_have(azure: Azure, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(CloudError, match=reason):
        azure.group_of("group", given(rule("web", 100) | change))


def test_refuses_two_rules_of_one_priority(azure: Azure) -> None:
    with pytest.raises(CloudError, match="security rule group/b: SecurityRuleConflict: conflicts with rule a"):
        azure.group_of("group", rule("a", 100), rule("b", 100))
    azure.group_of("group", rule("a", 100), rule("b", 100, direction="Outbound"))


def test_refuses_to_delete_a_group_that_is_used(azure: Azure) -> None:
    group = azure.group_of("group")
    interface = azure.interface("nic", group=group)
    with pytest.raises(CloudError, match="InUseNetworkSecurityGroupCannotBeDeleted: is in use by nic"):
        azure.end("NetworkSecurityGroup", group)
    azure.end("NetworkInterface", interface)
    azure.end("NetworkSecurityGroup", group)
