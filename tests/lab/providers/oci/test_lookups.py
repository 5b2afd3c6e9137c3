"""What a program can ask: domains, images, and the network card of an instance."""

import asyncio
from typing import Any

import pytest
from pulumi.provider.experimental import provider as sdk

from lab.providers import published
from lab.providers.oci.cloud import CloudError
from lab.providers.properties import plain_map, value_map
from tests.lab.providers.oci.cloud import ARM_SHAPE, COMPARTMENT, SHAPE, Network

DOMAINS = "oci:Identity/getAvailabilityDomains:getAvailabilityDomains"
DOMAIN = "oci:Identity/getAvailabilityDomain:getAvailabilityDomain"
FAULT_DOMAINS = "oci:Identity/getFaultDomains:getFaultDomains"
IMAGES = "oci:Core/getImages:getImages"
ATTACHMENTS = "oci:Core/getVnicAttachments:getVnicAttachments"
PRIVATE_IPS = "oci:Core/getPrivateIps:getPrivateIps"
VNIC = "oci:Core/getVnic:getVnic"
IPV6S = "oci:Core/getIpv6s:getIpv6s"


def ask(network: Network, token: str, **arguments: Any) -> dict[str, Any]:
    """The answer, whose names are just the published ones. Raises ValueError for arguments that are refused."""
    response = asyncio.run(network.provider.invoke(sdk.InvokeRequest(token, value_map(arguments))))
    if response.failures:
        raise ValueError("; ".join(failure.reason for failure in response.failures))
    found = plain_map(response.return_value or {})
    published.check_outputs(token, found)
    return found


def test_domains_of_the_region(network: Network) -> None:
    found = ask(network, DOMAINS, compartmentId=COMPARTMENT)["availabilityDomains"]
    names = [domain["name"] for domain in found]
    assert names == [f"lab:LAB-REGION-1-AD-{number}" for number in (1, 2, 3)]
    assert ask(network, DOMAIN, compartmentId=COMPARTMENT, adNumber=2)["name"] == names[1]
    with pytest.raises(CloudError, match="has 1 to 3"):
        ask(network, DOMAIN, compartmentId=COMPARTMENT, adNumber=4)
    faults = ask(network, FAULT_DOMAINS, compartmentId=COMPARTMENT, availabilityDomain=names[0])["faultDomains"]
    assert [fault["name"] for fault in faults] == ["FAULT-DOMAIN-1", "FAULT-DOMAIN-2", "FAULT-DOMAIN-3"]


def test_filters(network: Network) -> None:
    one = {"name": "name", "values": ["AD-2$"], "regex": True}
    found = ask(network, DOMAINS, compartmentId=COMPARTMENT, filters=[one])["availabilityDomains"]
    assert [domain["name"] for domain in found] == ["lab:LAB-REGION-1-AD-2"]


def test_the_newest_image_of_a_family_for_a_shape(network: Network) -> None:
    family = {"operatingSystem": "Canonical Ubuntu", "operatingSystemVersion": "24.04"}
    names = {
        shape: [
            one["displayName"]
            for one in ask(network, IMAGES, compartmentId=COMPARTMENT, shape=shape, **family)["images"]
        ]
        for shape in (SHAPE, ARM_SHAPE)
    }
    assert names[SHAPE] == ["Canonical-Ubuntu-24.04-2026.09.30-0", "Canonical-Ubuntu-24.04-2026.06.30-0"]
    assert names[ARM_SHAPE][0] == "Canonical-Ubuntu-24.04-aarch64-2026.09.30-0"


def test_images_are_sorted_as_asked(network: Network) -> None:
    wanted = {"compartmentId": COMPARTMENT, "operatingSystem": "Debian", "operatingSystemVersion": "12", "shape": SHAPE}
    oldest = ask(network, IMAGES, sortBy="TIMECREATED", sortOrder="ASC", **wanted)["images"][0]
    assert oldest["displayName"] == "Debian-12-2026.06.30-0"
    assert ask(network, IMAGES, sortBy="DISPLAYNAME", **wanted)["images"][0] == oldest


def test_an_image_that_is_not_there_is_no_image(network: Network) -> None:
    assert ask(network, IMAGES, compartmentId=COMPARTMENT, operatingSystem="BeOS")["images"] == []


def test_an_image_of_another_architecture_is_refused(network: Network) -> None:
    found = ask(network, IMAGES, compartmentId=COMPARTMENT, shape=ARM_SHAPE)["images"][0]["id"]
    wanted = network.instance_inputs("oracle-1")
    wanted["sourceDetails"]["sourceId"] = found
    with pytest.raises(CloudError, match=f"Shape {SHAPE} is not valid for image"):
        network.instances.create(**wanted)


def test_from_an_instance_to_its_addresses(network: Network) -> None:
    network.with_ipv6()
    made = network.launch("oracle-1", {"assignIpv6ip": True})
    network.launch("oracle-2")
    attached = ask(network, ATTACHMENTS, compartmentId=COMPARTMENT, instanceId=made.resource_id)["vnicAttachments"]
    assert len(attached) == 1
    card = attached[0]["vnicId"]
    addresses = ask(network, PRIVATE_IPS, vnicId=card)["privateIps"]
    assert [(one["ipAddress"], one["isPrimary"]) for one in addresses] == [("10.0.0.2", True)]
    found = ask(network, VNIC, vnicId=card)
    assert found["publicIpAddress"] == "198.51.100.10"
    assert found["ipv6addresses"] == ["2001:db8:100::2"]
    assert [one["ipAddress"] for one in ask(network, IPV6S, vnicId=card)["ipv6s"]] == ["2001:db8:100::2"]


def test_all_addresses_of_a_subnet(network: Network) -> None:
    network.launch("oracle-1")
    network.launch("oracle-2")
    found = ask(network, PRIVATE_IPS, subnetId=network.subnet.resource_id)["privateIps"]
    assert [one["ipAddress"] for one in found] == ["10.0.0.2", "10.0.0.3"]
    with pytest.raises(CloudError, match="give vnicId or subnetId"):
        ask(network, PRIVATE_IPS)


def test_refuses_a_card_that_is_not_there(network: Network) -> None:
    with pytest.raises(CloudError, match="404-NotAuthorizedOrNotFound"):
        ask(network, VNIC, vnicId="ocid1.vnic.x")
    with pytest.raises(ValueError, match="vnicId is required"):
        ask(network, VNIC)
