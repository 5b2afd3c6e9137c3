"""The policy pack's rule on open ports: one resource each, as Pulumi shows it to the rule."""

from typing import Any

import pytest
from pulumi_policy import EnforcementLevel
from pulumi_policy.proxy import UNKNOWN_OBJECT_VALUE, UNKNOWN_STRING_VALUE

from policies.open_ports import no_tcp_port_is_open_to_everyone
from tests.policies.asked import ask

LIST = "oci:Core/securityList:SecurityList"
GROUP_RULE = "oci:Core/networkSecurityGroupSecurityRule:NetworkSecurityGroupSecurityRule"
AZURE_GROUP = "azure-native:network:NetworkSecurityGroup"
AZURE_RULE = "azure-native:network:SecurityRule"

HTTPS = {"min": 443.0, "max": 443.0}  # Pulumi sends every number as a float
AZURE = {"direction": "Inbound", "access": "Allow", "protocol": "Tcp", "destinationPortRange": "443"}


def violations(kind: str, **props: Any) -> list[str]:
    """What the rule reports of a resource with these inputs."""
    return ask(no_tcp_port_is_open_to_everyone, kind, **props)


EVERYONE = ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "2000::/3"]


@pytest.mark.parametrize("source", EVERYONE)
@pytest.mark.parametrize("protocol", ["6", "all"])
def test_refuses_a_security_list_that_lets_in(source: str, protocol: str) -> None:
    assert violations(LIST, ingressSecurityRules=[{"protocol": protocol, "source": source, "tcpOptions": HTTPS}])


@pytest.mark.parametrize("source", EVERYONE)
def test_refuses_a_rule_of_a_network_security_group_that_lets_in(source: str) -> None:
    ports = {"destinationPortRange": HTTPS}
    assert violations(GROUP_RULE, direction="INGRESS", protocol="6", source=source, tcpOptions=ports)


@pytest.mark.parametrize("source", [*EVERYONE, "*", "Internet", "Any"])
def test_refuses_a_rule_of_azure_that_lets_in(source: str) -> None:
    assert violations(AZURE_RULE, **AZURE, sourceAddressPrefix=source)
    assert violations(AZURE_GROUP, securityRules=[{**AZURE, "sourceAddressPrefixes": ["192.0.2.0/24", source]}])


def test_the_report_names_resource_source_and_ports_and_what_to_do() -> None:
    (message,) = violations(LIST, ingressSecurityRules=[{"protocol": "6", "source": "0.0.0.0/0", "tcpOptions": HTTPS}])
    assert message == (
        "thing: lets 0.0.0.0/0 in by TCP (ports 443 to 443). Visitors come through Cloudflare, and operators"
        " through the tailnet. Name their ranges, or remove the rule."
    )


def test_allows_ranges_of_somebody() -> None:
    rules = [{"protocol": "6", "source": source, "tcpOptions": HTTPS} for source in ("104.16.0.0/13", "2606:4700::/32")]
    assert violations(LIST, ingressSecurityRules=rules) == []
    assert violations(AZURE_RULE, **AZURE, sourceAddressPrefixes=["104.16.0.0/13", "AzureLoadBalancer"]) == []


def test_allows_everyone_by_udp_and_icmp() -> None:
    rules = [{"protocol": protocol, "source": "0.0.0.0/0"} for protocol in ("17", "1", "58")]
    assert violations(LIST, ingressSecurityRules=rules) == []
    assert violations(AZURE_RULE, **AZURE | {"protocol": "Udp"}, sourceAddressPrefix="*") == []


def test_allows_ways_out_and_what_is_denied() -> None:
    assert violations(GROUP_RULE, direction="EGRESS", protocol="all", destination="0.0.0.0/0") == []
    assert violations(AZURE_RULE, **AZURE | {"direction": "Outbound"}, sourceAddressPrefix="*") == []
    assert violations(AZURE_RULE, **AZURE | {"access": "Deny"}, sourceAddressPrefix="*") == []


def test_tolerates_what_a_preview_does_not_know() -> None:
    assert violations(LIST, ingressSecurityRules=UNKNOWN_OBJECT_VALUE) == []
    assert violations(LIST, ingressSecurityRules=[{"protocol": "6", "source": UNKNOWN_STRING_VALUE}]) == []
    assert violations(AZURE_GROUP) == []


def test_is_mandatory() -> None:
    assert no_tcp_port_is_open_to_everyone.enforcement_level == EnforcementLevel.MANDATORY


OTHERS = [
    "oci:NetworkFirewall/networkFirewallPolicySecurityRule:NetworkFirewallPolicySecurityRule",
    "azure-native:network/v20240101:NetworkSecurityGroup",
    "azure-native:network:FirewallPolicyRuleCollectionGroup",
    "azure:network/networkSecurityRule:NetworkSecurityRule",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:ec2/networkAclRule:NetworkAclRule",
    "gcp:compute/firewall:Firewall",
    "hcloud:index/firewall:Firewall",
    "openstack:networking/secGroupRule:SecGroupRule",
]


@pytest.mark.parametrize("kind", OTHERS)
def test_refuses_a_firewall_that_nobody_can_read(kind: str) -> None:
    (message,) = violations(kind)
    assert message.startswith(f"thing: is a firewall that this policy cannot read ({kind})")
    assert AZURE_GROUP in message


NO_FIREWALLS = [
    "oci:Core/instance:Instance",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "tailscale:index/acl:Acl",
]


@pytest.mark.parametrize("kind", NO_FIREWALLS)
def test_lets_other_resources_be(kind: str) -> None:
    assert violations(kind, protocol="6", source="0.0.0.0/0", direction="INGRESS") == []


def test_a_group_of_oracles_has_its_rules_as_resources() -> None:
    assert violations("oci:Core/networkSecurityGroup:NetworkSecurityGroup", vcnId="x") == []
