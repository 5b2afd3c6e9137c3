"""VCNs, gateways, routes and subnets: what Oracle refuses, what changes in place, what can't be deleted."""

from typing import Any

import pytest

from lab.providers import published
from lab.providers.oci.cloud import CloudError
from tests.lab.providers.calling import Caller, Made
from tests.lab.providers.oci.cloud import COMPARTMENT, Network


def test_outputs_are_those_of_the_published_types(network: Network) -> None:
    made = {
        network.vcns: network.vcn,
        network.gateways: network.gateway,
        network.tables: network.table,
        network.lists: network.list,
        network.subnets: network.subnet,
    }
    for caller, resource in made.items():
        published.check_outputs(caller.token, resource.outputs)


def test_ids_look_like_oracles(network: Network) -> None:
    assert network.vcn.resource_id.startswith("ocid1.vcn.oc1.lab-region-1.")
    assert network.vcn.resource_id != network.vcn.outputs["defaultSecurityListId"]


@pytest.mark.parametrize("cidr", ["10.1.0.0/24", "10.0.0.0/8", "10.0.1.5/24", "nonsense", "10.0.1.0/31"])
def test_refuses_a_subnet_that_is_not_within_its_vcn(network: Network, cidr: str) -> None:
    with pytest.raises(CloudError, match="400-InvalidParameter"):
        network.subnets.create(cidrBlock=cidr, **network.subnet_inputs)


def test_refuses_a_subnet_that_overlaps_another(network: Network) -> None:
    with pytest.raises(CloudError, match=r"10\.0\.0\.128/25 overlaps subnet lab"):
        network.subnets.create(cidrBlock="10.0.0.128/25", **network.subnet_inputs)


def test_refuses_ranges_of_a_vcn_that_overlap(network: Network) -> None:
    with pytest.raises(CloudError, match="overlaps"):
        network.vcns.create(compartmentId=COMPARTMENT, cidrBlocks=["10.0.0.0/16", "10.0.4.0/24"])


def test_refuses_a_compartment_that_is_none(network: Network) -> None:
    with pytest.raises(ValueError, match=r"compartmentId: 'lab' is no compartment's OCID"):
        network.vcns.create(compartmentId="lab", cidrBlock="10.0.0.0/16")


def test_refuses_a_vcn_that_is_not_there(network: Network) -> None:
    with pytest.raises(CloudError, match="404-NotAuthorizedOrNotFound: there is no vcn"):
        network.tables.create(compartmentId=COMPARTMENT, vcnId="ocid1.vcn.x")


def test_a_vcn_has_one_internet_gateway(network: Network) -> None:
    with pytest.raises(CloudError, match="already"):
        network.gateways.create(**network.in_vcn)


@pytest.mark.parametrize(
    ("part", "user"),
    [
        ("vcn", "internetgateway lab, routetable lab, securitylist lab, subnet lab"),
        ("gateway", "routetable"),
        ("table", "subnet"),
        ("list", "subnet"),
    ],
)
def test_refuses_to_delete_what_is_still_used(network: Network, part: str, user: str) -> None:
    caller: Caller = getattr(network, f"{part}s")
    with pytest.raises(CloudError, match=f"409-Conflict: still used by {user}"):
        caller.delete(getattr(network, part))


def test_deletes_all_in_order_and_twice(network: Network) -> None:
    for _ in range(2):
        network.subnets.delete(network.subnet)
        network.tables.delete(network.table)
        network.lists.delete(network.list)
        network.gateways.delete(network.gateway)
        network.vcns.delete(network.vcn)
    assert network.vcns.read(network.vcn, {}).resource_id == ""


@pytest.mark.parametrize(
    ("part", "change", "replaces"),
    [
        ("vcn", {"displayName": "other"}, False),
        ("vcn", {"cidrBlocks": ["10.0.0.0/16", "10.1.0.0/16"]}, False),
        ("vcn", {"dnsLabel": "other"}, True),
        ("gateway", {"enabled": False}, False),
        ("gateway", {"vcnId": "other"}, True),
        ("table", {"routeRules": []}, False),
        ("list", {"ingressSecurityRules": [{"protocol": "all", "source": "10.0.0.0/8"}]}, False),
        ("subnet", {"cidrBlock": "10.0.8.0/24"}, False),
        ("subnet", {"prohibitPublicIpOnVnic": True}, True),
        ("subnet", {"securityListIds": ["other"]}, False),
    ],
)
def test_replaces_where_the_published_provider_does(
    network: Network, part: str, change: dict[str, Any], replaces: bool
) -> None:
    caller, made = getattr(network, f"{part}s"), getattr(network, part)
    given = {name: made.outputs[name] for name in published.inputs_of(caller.token) if made.outputs.get(name)}
    given.pop("cidrBlock" if part == "vcn" else "", None)
    diff = caller.diff(made, **given | change)
    assert diff.diffs == list(change)
    assert bool(diff.replaces) is replaces


def test_a_subnet_without_lists_and_routes_has_those_of_the_vcn(network: Network) -> None:
    made = network.subnets.create(cidrBlock="10.0.9.0/24", **network.in_vcn).outputs
    assert made["routeTableId"] == network.vcn.outputs["defaultRouteTableId"]
    assert made["securityListIds"] == [network.vcn.outputs["defaultSecurityListId"]]


def test_refuses_to_move_a_subnet_from_under_its_instances(network: Network) -> None:
    network.launch("oracle-1")
    with pytest.raises(CloudError, match="instance oracle-1"):
        network.subnets.update(network.subnet, cidrBlock="10.0.8.0/24", **network.subnet_inputs)


def test_the_default_route_table_is_taken_over_and_given_back(network: Network) -> None:
    caller = network.caller("oci:Core", "defaultRouteTable:DefaultRouteTable")
    table_id = network.vcn.outputs["defaultRouteTableId"]
    route = {"destination": "0.0.0.0/0", "networkEntityId": network.gateway.resource_id}
    made = caller.create(manageDefaultResourceId=table_id, routeRules=[route])
    published.check_outputs(caller.token, made.outputs | {"manageDefaultResourceId": table_id})
    assert made.resource_id == table_id
    assert not caller.diff(made, manageDefaultResourceId=table_id, routeRules=[]).replaces
    assert caller.diff(made, manageDefaultResourceId="other").replaces == ["manageDefaultResourceId"]
    caller.delete(made)
    assert caller.read(made, {}).properties["routeRules"].value == ()


def test_a_refresh_finds_a_deleted_part(network: Network) -> None:
    gone = Made("ocid1.subnet.oc1.x", network.subnet.properties)
    assert network.subnets.read(gone, {}).resource_id == ""
