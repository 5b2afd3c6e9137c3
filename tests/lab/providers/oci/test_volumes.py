"""Block volumes: made, grown, attached at paths that stay, detached when instances go, kept while they are used."""

from typing import Any

import pytest

from lab.providers import published
from lab.providers.oci.cloud import CloudError
from tests.lab.providers.calling import Made
from tests.lab.providers.oci.cloud import COMPARTMENT, Network

DOMAIN = "lab:LAB-REGION-1-AD-1"
DEVICE = "/dev/oracleoci/oraclevdb"
GIB = 1024**3


def inputs(size: str = "50", domain: str = DOMAIN) -> dict[str, Any]:
    """A volume as the program asks for it."""
    return {"compartmentId": COMPARTMENT, "availabilityDomain": domain, "displayName": "data", "sizeInGbs": size}


def attachment(instance: Made, volume: Made, **more: Any) -> dict[str, Any]:
    """An attachment as the program asks for it."""
    return {
        "attachmentType": "paravirtualized",
        "instanceId": instance.resource_id,
        "volumeId": volume.resource_id,
        **more,
    }


def test_outputs_are_those_of_the_published_types(network: Network) -> None:
    volume = network.volumes.create(**inputs())
    published.check_outputs(network.volumes.token, volume.outputs)
    made = network.attachments.create(**attachment(network.launch("oracle-1"), volume, device=DEVICE))
    published.check_outputs(network.attachments.token, made.outputs)
    assert made.outputs["state"] == "ATTACHED"


def test_a_volume_is_as_large_as_asked_and_grows_in_place(network: Network) -> None:
    made = network.volumes.create(**inputs())
    assert network.machines.volumes == {made.resource_id: 50 * GIB}
    assert network.volumes.diff(made, **inputs("60")).replaces == []
    grown = network.volumes.update(made, **inputs("60"))
    assert network.machines.volumes == {made.resource_id: 60 * GIB}
    assert not network.volumes.diff(grown, **inputs("60")).changes
    with pytest.raises(CloudError, match="60 GB can't become smaller"):
        network.volumes.update(grown, **inputs("50"))


def test_another_domain_needs_another_volume(network: Network) -> None:
    diff = network.volumes.diff(network.volumes.create(**inputs()), **inputs(domain="lab:LAB-REGION-1-AD-2"))
    assert diff.replaces == ["availabilityDomain"]


@pytest.mark.parametrize("size", ["49", "32769", "a lot"])
def test_refuses_sizes_that_oracle_refuses(network: Network, size: str) -> None:
    with pytest.raises(ValueError, match=f"50 to 32768 GB, not {size}"):
        network.volumes.check(**inputs(size))


def test_an_instance_has_it_at_the_path_that_stays_and_at_the_systems(network: Network) -> None:
    instance = network.launch("oracle-1")
    one, two = network.volumes.create(**inputs()), network.volumes.create(**inputs())
    network.attachments.create(**attachment(instance, one, device=DEVICE))
    network.attachments.create(**attachment(instance, two))
    assert network.machines.attached == {
        one.resource_id: ("oracle-1", (DEVICE, "/dev/sdb")),
        two.resource_id: ("oracle-1", ("/dev/sdc",)),
    }


def test_detached_it_goes_to_another_instance_with_what_is_on_it(network: Network) -> None:
    volume = network.volumes.create(**inputs())
    made = network.attachments.create(**attachment(network.launch("oracle-1"), volume))
    other = network.launch("oracle-2")
    with pytest.raises(CloudError, match="409-Conflict: volume data is attached already"):
        network.attachments.create(**attachment(other, volume))
    for _ in range(2):
        network.attachments.delete(made)
    network.attachments.create(**attachment(other, volume))
    assert network.machines.attached[volume.resource_id][0] == "oracle-2"


def test_it_outlives_its_instance(network: Network) -> None:
    instance, volume = network.launch("oracle-1"), network.volumes.create(**inputs())
    made = network.attachments.create(**attachment(instance, volume))
    network.instances.delete(instance)
    assert network.attachments.read(made, {}).resource_id == ""
    assert network.volumes.read(volume, {}).resource_id == volume.resource_id
    assert network.machines.attached == {}


def test_a_host_with_a_new_disk_has_its_volumes_still(network: Network) -> None:
    instance, volume = network.launch("oracle-1"), network.volumes.create(**inputs())
    network.attachments.create(**attachment(instance, volume, device=DEVICE))
    wanted = network.instance_inputs("oracle-1")
    wanted["sourceDetails"]["sourceId"] = "ocid1.image.oc1.lab.other"
    network.instances.update(instance, **wanted)
    attached = network.machines.specs["oracle-1"].volumes
    assert [(one.id, one.paths) for one in attached] == [(volume.resource_id, (DEVICE, "/dev/sdb"))]


def test_refuses_to_delete_an_attached_volume(network: Network) -> None:
    volume = network.volumes.create(**inputs())
    made = network.attachments.create(**attachment(network.launch("oracle-1"), volume, displayName="data"))
    with pytest.raises(CloudError, match="409-Conflict: still used by volumeattachment data"):
        network.volumes.delete(volume)
    network.attachments.delete(made)
    for _ in range(2):
        network.volumes.delete(volume)
    assert network.machines.volumes == {}


def test_refuses_a_volume_of_another_domain(network: Network) -> None:
    volume = network.volumes.create(**inputs(domain="lab:LAB-REGION-1-AD-2"))
    with pytest.raises(CloudError, match="the volume is in lab:LAB-REGION-1-AD-2, the instance in"):
        network.attachments.create(**attachment(network.launch("oracle-1"), volume))


def test_refuses_a_path_that_is_taken(network: Network) -> None:
    instance = network.launch("oracle-1")
    network.attachments.create(**attachment(instance, network.volumes.create(**inputs()), device=DEVICE))
    with pytest.raises(CloudError, match=f"{DEVICE} is taken in oracle-1"):
        network.attachments.create(**attachment(instance, network.volumes.create(**inputs()), device=DEVICE))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"attachmentType": "scsi"}, "emulated, iscsi, paravirtualized, not scsi"),
        ({"attachmentType": "iscsi"}, "none by iscsi"),
        ({"device": "/dev/sdb"}, "is none of /dev/oracleoci/oraclevdb to oraclevdag"),
        ({"isReadOnly": True}, "to read and write"),
    ],
)
def test_refuses_attachments_that_oracle_or_the_lab_can_not_have(
    network: Network, change: dict[str, Any], reason: str
) -> None:
    wanted = {"attachmentType": "paravirtualized", "instanceId": "x", "volumeId": "y"} | change
    with pytest.raises(ValueError, match=reason):
        network.attachments.check(**wanted)


def test_nothing_about_an_attachment_changes_in_place(network: Network) -> None:
    instance, volume = network.launch("oracle-1"), network.volumes.create(**inputs())
    made = network.attachments.create(**attachment(instance, volume))
    diff = network.attachments.diff(made, **attachment(instance, volume, device=DEVICE))
    assert diff.replaces == ["device"]


def test_what_fails_half_way_leaves_nothing(network: Network) -> None:
    instance, volume = network.launch("oracle-1"), network.volumes.create(**inputs())
    network.machines.failure = "no block devices"
    with pytest.raises(RuntimeError, match="no block devices"):
        network.volumes.create(**inputs())
    with pytest.raises(RuntimeError, match="no block devices"):
        network.attachments.create(**attachment(instance, volume))
    network.machines.failure = ""
    network.attachments.create(**attachment(instance, volume))
