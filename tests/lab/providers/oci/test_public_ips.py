"""Public addresses, those that outlive instances and those that don't: given, moved, taken away, refused."""

from typing import Any

import pytest

from lab.providers import published
from lab.providers.oci.cloud import CloudError
from lab.providers.oci.vnic import private_ip_id
from tests.lab.providers.calling import Made
from tests.lab.providers.oci.cloud import Network

FIRST = "198.51.100.10"


def reserve(network: Network, instance: Made | None = None) -> Made:
    """A reserved address, assigned to the instance if there is one."""
    assigned: dict[str, Any] = {"privateIpId": private_ip_id(instance.resource_id)} if instance else {}
    return network.public_ips.create(lifetime="RESERVED", **network.in_it, **assigned)


def ephemeral(network: Network, instance: Made, **changes: str) -> Made:
    """An address for as long as the instance lives."""
    private = private_ip_id(instance.resource_id)
    inputs: dict[str, Any] = {**network.in_it, "lifetime": "EPHEMERAL", "privateIpId": private, **changes}
    return network.public_ips.create(**inputs)


def test_outputs_are_those_of_the_published_type(network: Network) -> None:
    made = reserve(network)
    published.check_outputs(network.public_ips.token, made.outputs)
    assert (made.outputs["state"], made.outputs["ipAddress"]) == ("AVAILABLE", FIRST)


def test_an_instance_has_it_at_once(network: Network) -> None:
    instance = network.launch("oracle-1", {"assignPublicIp": "false"})
    made = reserve(network, instance)
    assert (made.outputs["state"], made.outputs["assignedEntityType"]) == ("ASSIGNED", "PRIVATE_IP")
    assert network.machines.public["oracle-1"] == FIRST
    assert network.instances.read(instance, {}).properties["publicIp"].value == FIRST


def test_it_stays_when_its_instance_goes_and_is_assigned_to_the_next(network: Network) -> None:
    instance = network.launch("oracle-1", {"assignPublicIp": "false"})
    made = reserve(network, instance)
    network.instances.delete(instance)
    found = network.public_ips.read(made, {}).properties
    assert (found["state"].value, found["privateIpId"].value) == ("AVAILABLE", "")
    again = network.launch("oracle-1", {"assignPublicIp": "false"})
    wanted = {"lifetime": "RESERVED", "privateIpId": private_ip_id(again.resource_id), **network.in_it}
    assert network.public_ips.diff(made, **wanted).replaces == []
    assert network.public_ips.update(made, **wanted).outputs["ipAddress"] == FIRST
    assert network.machines.public["oracle-1"] == FIRST


def test_it_moves_from_one_instance_to_another(network: Network) -> None:
    one, two = (network.launch(f"oracle-{number}", {"assignPublicIp": "false"}) for number in (1, 2))
    made = reserve(network, one)
    network.public_ips.update(made, lifetime="RESERVED", privateIpId=private_ip_id(two.resource_id), **network.in_it)
    assert network.machines.public == {"oracle-1": None, "oracle-2": FIRST}


def test_it_is_given_back(network: Network) -> None:
    made = reserve(network, network.launch("oracle-1", {"assignPublicIp": "false"}))
    for _ in range(2):
        network.public_ips.delete(made)
    assert network.machines.public["oracle-1"] is None
    assert reserve(network).outputs["ipAddress"] == FIRST


def test_an_empty_private_address_takes_it_away(network: Network) -> None:
    made = reserve(network, network.launch("oracle-1", {"assignPublicIp": "false"}))
    freed = network.public_ips.update(made, lifetime="RESERVED", privateIpId="", **network.in_it)
    assert freed.outputs["state"] == "AVAILABLE"
    assert network.machines.public["oracle-1"] is None


def test_no_two_have_the_same(network: Network) -> None:
    network.launch("oracle-1")
    assert reserve(network).outputs["ipAddress"] == "198.51.100.11"
    assert network.launch("oracle-2").outputs["publicIp"] == "198.51.100.12"


def test_refuses_a_second_address_for_an_instance(network: Network) -> None:
    instance = network.launch("oracle-1")
    with pytest.raises(CloudError, match=r"409-Conflict: instance oracle-1 has the public address 198\.51\.100\.10"):
        reserve(network, instance)


def test_refuses_an_address_of_its_own_for_an_instance_that_has_a_reserved_one(network: Network) -> None:
    instance = network.launch("oracle-1", {"assignPublicIp": "false"})
    made = reserve(network, instance)
    with pytest.raises(CloudError, match="409-Conflict: its private address has the public address"):
        network.instances.update(instance, **network.instance_inputs("oracle-1"))
    network.public_ips.delete(made)
    assert network.instances.update(instance, **network.instance_inputs("oracle-1")).outputs["publicIp"] == FIRST


def test_refuses_a_private_address_that_is_not_there(network: Network) -> None:
    with pytest.raises(CloudError, match="404-NotAuthorizedOrNotFound"):
        network.public_ips.create(lifetime="RESERVED", privateIpId="ocid1.privateip.oc1.x", **network.in_it)


def test_refuses_an_instance_in_a_private_subnet(network: Network) -> None:
    private = network.subnets.create(cidrBlock="10.0.5.0/24", prohibitPublicIpOnVnic=True, **network.subnet_inputs)
    vnic = {"subnetId": private.resource_id, "assignPublicIp": "false"}
    with pytest.raises(CloudError, match="prohibits public addresses"):
        reserve(network, network.launch("oracle-1", vnic))


def test_an_ephemeral_one_is_its_instances_at_once_and_in_its_domain(network: Network) -> None:
    instance = network.launch("oracle-1", {"assignPublicIp": "false"})
    made = ephemeral(network, instance)
    published.check_outputs(network.public_ips.token, made.outputs)
    assert (made.outputs["state"], made.outputs["scope"]) == ("ASSIGNED", "AVAILABILITY_DOMAIN")
    assert made.outputs["availabilityDomain"] == "lab:LAB-REGION-1-AD-1"
    assert network.machines.public["oracle-1"] == FIRST
    assert network.instances.read(instance, {}).properties["publicIp"].value == FIRST


def test_an_ephemeral_one_goes_with_its_instance(network: Network) -> None:
    instance = network.launch("oracle-1", {"assignPublicIp": "false"})
    made = ephemeral(network, instance)
    network.instances.delete(instance)
    assert network.public_ips.read(made, {}).resource_id == ""
    network.public_ips.delete(made)
    assert reserve(network).outputs["ipAddress"] == FIRST


def test_refuses_to_move_an_ephemeral_one(network: Network) -> None:
    one, two = (network.launch(f"oracle-{number}", {"assignPublicIp": "false"}) for number in (1, 2))
    made, private = ephemeral(network, one), private_ip_id(two.resource_id)
    with pytest.raises(CloudError, match="400-InvalidParameter: an EPHEMERAL address can't be assigned to another"):
        network.public_ips.update(made, lifetime="EPHEMERAL", privateIpId=private, **network.in_it)
    assert network.machines.public == {"oracle-1": FIRST, "oracle-2": None}


def test_an_ephemeral_one_can_be_renamed(network: Network) -> None:
    instance = network.launch("oracle-1", {"assignPublicIp": "false"})
    made, private = ephemeral(network, instance), private_ip_id(instance.resource_id)
    renamed = {**network.in_it, "displayName": "new", "lifetime": "EPHEMERAL", "privateIpId": private}
    assert network.public_ips.update(made, **renamed).outputs["displayName"] == "new"


def test_refuses_an_ephemeral_one_of_another_compartment(network: Network) -> None:
    instance = network.launch("oracle-1", {"assignPublicIp": "false"})
    with pytest.raises(CloudError, match="is in its private one's compartment"):
        ephemeral(network, instance, compartmentId="ocid1.compartment.oc1..other")


@pytest.mark.parametrize("lifetimes", [("EPHEMERAL", "RESERVED"), ("RESERVED", "EPHEMERAL")])
def test_another_lifetime_is_another_address_which_comes_when_the_old_one_is_gone(
    network: Network, lifetimes: tuple[str, str]
) -> None:
    before, after = lifetimes
    instance = network.launch("oracle-1", {"assignPublicIp": "false"})
    wanted: dict[str, Any] = {"privateIpId": private_ip_id(instance.resource_id), **network.in_it}
    made = network.public_ips.create(lifetime=before, **wanted)
    assert network.public_ips.diff(made, lifetime=after, **wanted).replaces == ["lifetime"]
    with pytest.raises(CloudError, match="409-Conflict"):
        network.public_ips.create(lifetime=after, **wanted)
    network.public_ips.delete(made)
    assert network.machines.public["oracle-1"] is None
    network.public_ips.create(lifetime=after, **wanted)
    assert network.machines.public["oracle-1"] == FIRST


def test_reserved_ones_count_towards_the_limit_and_others_do_not(network: Network) -> None:
    (network.folder / "conditions.json").write_text('{"limits": {"reserved-public-ip-count": 0}}')
    instance = network.launch("oracle-1", {"assignPublicIp": "false"})
    with pytest.raises(CloudError, match="reserved-public-ip-count"):
        reserve(network, instance)
    assert ephemeral(network, instance).outputs["ipAddress"] == FIRST


def test_refuses_other_lifetimes(network: Network) -> None:
    with pytest.raises(ValueError, match="EPHEMERAL or RESERVED, not LONG"):
        network.public_ips.check(lifetime="LONG", **network.in_it)
    with pytest.raises(ValueError, match="needs the private one"):
        network.public_ips.check(lifetime="EPHEMERAL", **network.in_it)
