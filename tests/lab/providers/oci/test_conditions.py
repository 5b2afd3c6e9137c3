"""Full domains and limits of an account, as a file of the lab's says."""

import json
from typing import Any

import pytest

from lab.providers.oci.cloud import CloudError
from lab.providers.oci.images import CATALOGUE
from tests.lab.providers.oci.cloud import ARM_SHAPE, COMPARTMENT, Network


def set_conditions(network: Network, **conditions: Any) -> None:
    """Write the file."""
    (network.folder / "conditions.json").write_text(json.dumps(conditions))


@pytest.mark.parametrize("entry", ["AD-1", "lab:LAB-REGION-1-AD-1", "AD-1/FAULT-DOMAIN-1"])
def test_a_full_domain_has_no_room(network: Network, entry: str) -> None:
    set_conditions(network, full=[entry])
    wanted = network.instance_inputs("oracle-1") | {"faultDomain": "FAULT-DOMAIN-1"}
    with pytest.raises(CloudError, match="instance oracle-1: 500-InternalError: Out of host capacity"):
        network.instances.create(**wanted)
    assert not network.machines.specs
    elsewhere = {"AD-1/FAULT-DOMAIN-1": {"faultDomain": "FAULT-DOMAIN-2"}}
    other = elsewhere.get(entry, {"availabilityDomain": "lab:LAB-REGION-1-AD-2"})
    assert network.instances.create(**wanted | other).outputs["state"] == "RUNNING"


def test_there_is_room_again_once_the_file_says_so(network: Network) -> None:
    set_conditions(network, full=["AD-1"])
    with pytest.raises(CloudError, match="Out of host capacity"):
        network.launch("oracle-1")
    set_conditions(network)
    assert network.launch("oracle-1").outputs["privateIp"] == "10.0.0.2"


def arm(network: Network, name: str, ocpus: int) -> dict[str, Any]:
    """An instance of that many ARM cores."""
    return network.instance_inputs(name) | {"shape": ARM_SHAPE, "shapeConfig": {"ocpus": ocpus, "memoryInGbs": 6}}


def test_limits_count_what_is_there(network: Network) -> None:
    set_conditions(network, limits={"standard-a1-core-count": 2})
    network.instances.create(**arm(network, "oracle-1", 1))
    with pytest.raises(CloudError, match=r"400-LimitExceeded: .* standard-a1-core-count \(1 of 2 in use\)"):
        network.instances.create(**arm(network, "oracle-2", 2))
    network.launch("oracle-3")
    network.instances.create(**arm(network, "oracle-2", 1))


def test_an_instance_that_grows_is_within_limits_and_finds_room(network: Network) -> None:
    made = network.instances.create(**arm(network, "oracle-1", 1))
    larger = arm(network, "oracle-1", 2)
    set_conditions(network, limits={"standard-a1-core-count": 1})
    with pytest.raises(CloudError, match=r"400-LimitExceeded: .* standard-a1-core-count \(0 of 1 in use\)"):
        network.instances.update(made, **larger)
    set_conditions(network, full=["AD-1"])
    with pytest.raises(CloudError, match="Out of host capacity"):
        network.instances.update(made, **larger)
    set_conditions(network, limits={"standard-a1-core-count": 2})
    made = network.instances.update(made, **larger)
    assert made.outputs["shapeConfig"]["ocpus"] == 2
    set_conditions(network, full=["AD-1"], limits={"standard-a1-core-count": 0})
    assert network.instances.update(made, **arm(network, "oracle-1", 1)).outputs["shapeConfig"]["ocpus"] == 1


def test_another_shape_has_to_fit_the_image(network: Network) -> None:
    image = next(each for each in CATALOGUE if each.architecture == "arm64").ocid("lab")
    wanted = arm(network, "oracle-1", 1)
    wanted["sourceDetails"] = wanted["sourceDetails"] | {"sourceId": image}
    made = network.instances.create(**wanted)
    with pytest.raises(CloudError, match=r"400-InvalidParameter: Shape VM\.Standard\.E4\.Flex is not valid for image"):
        network.instances.update(made, **wanted | {"shape": "VM.Standard.E4.Flex"})


def test_limits_of_addresses_and_volumes(network: Network) -> None:
    set_conditions(network, limits={"reserved-public-ip-count": 1, "total-storage-gb": 100, "vcn-count": 1})
    network.public_ips.create(lifetime="RESERVED", **network.in_it)
    with pytest.raises(CloudError, match="reserved-public-ip-count"):
        network.public_ips.create(lifetime="RESERVED", **network.in_it)
    volume: dict[str, Any] = {"compartmentId": COMPARTMENT, "availabilityDomain": "lab:LAB-REGION-1-AD-1"}
    made = network.volumes.create(sizeInGbs="60", **volume)
    with pytest.raises(CloudError, match="total-storage-gb"):
        network.volumes.create(sizeInGbs="50", **volume)
    assert network.volumes.update(made, sizeInGbs="100", **volume).outputs["sizeInGbs"] == "100"
    with pytest.raises(CloudError, match="vcn-count"):
        network.vcns.create(compartmentId=COMPARTMENT, cidrBlock="10.9.0.0/16")


@pytest.mark.parametrize("text", ["{", '{"limits": {"cores": 1}}'])
def test_a_file_that_says_nothing_sensible_is_an_error(network: Network, text: str) -> None:
    (network.folder / "conditions.json").write_text(text)
    with pytest.raises(CloudError, match=r"conditions\.json"):
        network.launch("oracle-1")
