"""Network security groups: rules on top of the subnet's, for the cards that are in the group, changed at once."""

from typing import Any

import pytest

from lab.hosts import Rule
from lab.providers import published
from lab.providers.oci.cloud import CloudError
from tests.lab.providers.calling import Made
from tests.lab.providers.oci.cloud import COMPARTMENT, Network

OUT = Rule("egress", "all", "0.0.0.0/0")
HTTPS: dict[str, Any] = {
    "direction": "INGRESS",
    "protocol": "6",
    "source": "192.0.2.0/24",
    "sourceType": "CIDR_BLOCK",
    "tcpOptions": {"destinationPortRange": {"min": 443, "max": 443}},
}
HTTPS_RULE = Rule("ingress", "tcp", "192.0.2.0/24", ports=(443, 443))


@pytest.fixture
def group(network: Network) -> Made:
    return network.groups.create(**network.in_vcn | {"displayName": "visitors"})


def add(network: Network, group: Made, **rule: Any) -> Made:
    """A rule of the group."""
    return network.rules.create(networkSecurityGroupId=group.resource_id, **rule)


def test_outputs_are_those_of_the_published_types(network: Network, group: Made) -> None:
    published.check_outputs(network.groups.token, group.outputs)
    published.check_outputs(network.rules.token, add(network, group, **HTTPS).outputs)


def test_rules_are_in_force_for_the_cards_in_the_group_only(network: Network, group: Made) -> None:
    network.launch("oracle-1", {"nsgIds": [group.resource_id]})
    network.launch("oracle-2")
    rule = add(network, group, **HTTPS)
    assert network.machines.firewalls == {"oracle-1": (OUT, HTTPS_RULE), "oracle-2": (OUT,)}
    network.rules.update(rule, networkSecurityGroupId=group.resource_id, **HTTPS | {"source": "::/0"})
    assert network.machines.firewalls["oracle-1"] == (OUT,)  # without IPv6 in its network, that lets nobody in
    network.rules.delete(rule)
    assert network.machines.firewalls["oracle-1"] == (OUT,)


def test_an_instance_starts_with_its_groups_rules(network: Network, group: Made) -> None:
    add(network, group, **HTTPS)
    network.launch("oracle-1", {"nsgIds": [group.resource_id]})
    assert network.machines.specs["oracle-1"].firewall == (OUT, HTTPS_RULE)


def test_an_instance_enters_and_leaves_a_group_in_place(network: Network, group: Made) -> None:
    add(network, group, **HTTPS)
    made = network.launch("oracle-1")
    inside = network.instance_inputs("oracle-1", {"nsgIds": [group.resource_id]})
    diff = network.instances.diff(made, **inside)
    assert (diff.diffs, diff.replaces) == (["createVnicDetails"], [])
    made = network.instances.update(made, **inside)
    assert list(network.machines.firewalls["oracle-1"]) == [OUT, HTTPS_RULE]
    network.instances.update(made, **network.instance_inputs("oracle-1", {"nsgIds": []}))
    assert list(network.machines.firewalls["oracle-1"]) == [OUT]


def test_an_instance_stays_in_its_groups_until_it_is_told_to_leave(network: Network, group: Made) -> None:
    made = network.launch("oracle-1", {"nsgIds": [group.resource_id]})
    assert not network.instances.diff(made, **network.instance_inputs("oracle-1")).changes
    assert network.instances.diff(made, **network.instance_inputs("oracle-1", {"nsgIds": []})).changes


def test_a_group_as_the_other_side_stands_for_its_members(network: Network, group: Made) -> None:
    other = network.groups.create(**network.in_vcn)
    rule = {
        "direction": "INGRESS",
        "protocol": "all",
        "source": other.resource_id,
        "sourceType": "NETWORK_SECURITY_GROUP",
    }
    add(network, group, **rule)
    network.launch("oracle-1", {"nsgIds": [group.resource_id]})
    firewalls = network.machines.firewalls
    assert list(firewalls["oracle-1"]) == [OUT]
    made = network.launch("oracle-2", {"nsgIds": [other.resource_id]})
    assert list(firewalls["oracle-1"]) == [OUT, Rule("ingress", "all", "10.0.0.3/32")]
    with pytest.raises(CloudError, match="409-Conflict: still used by instance oracle-2"):
        network.groups.delete(other)
    network.instances.delete(made)
    assert list(firewalls["oracle-1"]) == [OUT]
    with pytest.raises(CloudError, match="409-Conflict: still used by securityrule"):
        network.groups.delete(other)


def test_a_group_goes_with_its_rules_once_it_is_empty(network: Network, group: Made) -> None:
    rule = add(network, group, **HTTPS)
    made = network.launch("oracle-1", {"nsgIds": [group.resource_id]})
    with pytest.raises(CloudError, match="409-Conflict: still used by instance oracle-1"):
        network.groups.delete(group)
    network.instances.delete(made)
    for _ in range(2):
        network.groups.delete(group)
    assert network.rules.read(rule, {}).resource_id == ""


@pytest.mark.parametrize(
    ("change", "replaces"),
    [
        ({"networkSecurityGroupId": "other"}, ["networkSecurityGroupId"]),
        ({"description": "x"}, []),
        ({"source": "10.0.0.0/8"}, []),
        ({"tcpOptions": {"destinationPortRange": {"min": 80, "max": 80}}}, []),
    ],
)
def test_all_of_a_rule_but_its_group_changes_in_place(
    network: Network, group: Made, change: dict[str, Any], replaces: list[str]
) -> None:
    rule = add(network, group, **HTTPS)
    diff = network.rules.diff(rule, **{"networkSecurityGroupId": group.resource_id, **HTTPS} | change)
    assert diff.changes
    assert diff.replaces == replaces
    assert not network.rules.diff(rule, networkSecurityGroupId=group.resource_id, **HTTPS).changes


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (HTTPS | {"direction": "IN"}, "INGRESS or EGRESS, not IN"),
        (HTTPS | {"direction": "EGRESS"}, "a rule for EGRESS needs destination"),
        (HTTPS | {"protocol": "17"}, "tcpOptions with protocol 17"),
        (HTTPS | {"source": "192.0.2.1/24"}, "has host bits set"),
        (HTTPS | {"sourceType": "SERVICE_CIDR_BLOCK"}, "only CIDR_BLOCK as sourceType"),
        (HTTPS | {"stateless": True}, "no stateless rules"),
    ],
)
def test_refuses_rules_that_oracle_or_the_lab_can_not_have(
    network: Network, group: Made, rule: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        add(network, group, **rule)


def test_refuses_groups_of_another_vcn(network: Network) -> None:
    vcn = network.vcns.create(compartmentId=COMPARTMENT, cidrBlock="10.9.0.0/16")
    stranger = network.groups.create(compartmentId=COMPARTMENT, vcnId=vcn.resource_id)
    with pytest.raises(CloudError, match="is of another VCN"):
        network.launch("oracle-1", {"nsgIds": [stranger.resource_id]})
    assert not network.machines.specs


def test_refuses_a_group_that_is_not_there(network: Network) -> None:
    with pytest.raises(CloudError, match="404-NotAuthorizedOrNotFound"):
        network.launch("oracle-1", {"nsgIds": ["ocid1.networksecuritygroup.x"]})
