"""Two instances that are real hosts of a lab: their addresses, groups and volumes are what the records say."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from lab.hosts import delete_lab, run_in_host
from lab.image import build_image
from lab.lab import VISITOR, Lab
from lab.network import create_network
from lab.progress import Silence
from lab.providers.machines import LabMachines
from lab.providers.oci.provider import FOLDER
from lab.providers.oci.recovery import remove_unknown
from lab.providers.oci.vnic import private_ip_id
from tests.lab.hosts.real_lab import blocked, connects, remains, take_ipv6, user_data, wait_until_up
from tests.lab.providers.calling import Made
from tests.lab.providers.oci.cloud import COMPARTMENT, EVERYTHING_OUT, Network

pytestmark = pytest.mark.lab

OUT_6 = {"protocol": "all", "destination": "::/0"}
DEVICE = "/dev/oracleoci/oraclevdb"
SSH: dict[str, Any] = {
    "direction": "INGRESS",
    "protocol": "6",
    "tcpOptions": {"destinationPortRange": {"min": 22, "max": 22}},
}
RESERVED = "198.51.100.11"
"""The first address is the other instance's own."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    build_image(Silence())
    made = Lab("l3oci", tmp_path_factory.mktemp("oci"))
    create_network(made)
    yield made
    delete_lab(made)
    assert remains(made) == []


def launch(network: Network, name: str, **vnic: Any) -> Made:
    """A host with an IPv6 address."""
    wanted = network.instance_inputs(name, {"assignIpv6ip": True, **vnic})
    wanted["shapeConfig"] = {"ocpus": 1, "memoryInGbs": 1}
    wanted["metadata"] = {"user_data": base64.b64encode(user_data()).decode()}
    return network.instances.create(**wanted)


def test_life_of_two_instances(lab: Lab) -> None:
    network = Network(lab.root / FOLDER, LabMachines(lab))
    network.with_ipv6()
    network.lists.update(
        network.list, ingressSecurityRules=[], egressSecurityRules=[EVERYTHING_OUT, OUT_6], **network.in_vcn
    )
    group = network.groups.create(**network.in_vcn)
    one = launch(network, "one", assignPublicIp="false", nsgIds=[group.resource_id])
    launch(network, "two")
    for name in ("one", "two"):
        assert wait_until_up(lab, name) in ("running", "degraded")
    take_ipv6(lab, "one", "2001:db8:100::2")
    take_ipv6(lab, "two", "2001:db8:100::3")

    # Nobody is let in, and without a public address there is no way to it at all.
    assert blocked(lab, VISITOR, "2001:db8:100::2")
    for source in ("0.0.0.0/0", "::/0"):
        network.rules.create(networkSecurityGroupId=group.resource_id, source=source, **SSH)
    assert connects(lab, VISITOR, "2001:db8:100::2")
    assert blocked(lab, VISITOR, "2001:db8:100::3")
    assert blocked(lab, VISITOR, RESERVED)

    # A reserved address, in force at once.
    public = network.public_ips.create(lifetime="RESERVED", privateIpId=private_ip_id(one.resource_id), **network.in_it)
    assert public.outputs["ipAddress"] == RESERVED
    assert connects(lab, VISITOR, RESERVED)

    # One of the instance's own in its place: another can come as soon as the first is gone.
    network.public_ips.delete(public)
    assert blocked(lab, VISITOR, RESERVED)
    network.public_ips.create(lifetime="EPHEMERAL", privateIpId=private_ip_id(one.resource_id), **network.in_it)
    assert connects(lab, VISITOR, RESERVED)

    # A volume: a block device at its path, gone when detached, the same in another host.
    volume = network.volumes.create(
        compartmentId=COMPARTMENT, availabilityDomain="lab:LAB-REGION-1-AD-1", sizeInGbs="50"
    )
    attached = attach(network, one, volume)
    assert run_in_host(lab, "one", ["blockdev", "--getsize64", DEVICE]).strip() == str(50 * 1024**3)
    run_in_host(lab, "one", ["mkfs.ext4", "-q", "-U", "01234567-89ab-cdef-0123-456789abcdef", DEVICE])
    with pytest.raises(RuntimeError, match="409-Conflict"):
        network.volumes.delete(volume)
    network.attachments.delete(attached)
    run_in_host(lab, "one", ["test", "!", "-e", DEVICE])
    attach(network, one, volume)
    assert "01234567-89ab" in run_in_host(lab, "one", ["blkid", "-p", DEVICE])

    # What no state knows goes, with everything of it on this computer.
    removed = remove_unknown(lab, (), {network.volumes.urn})
    assert {line.split()[0] for line in removed} >= {"instance", "publicip", "volume", "vcn"}
    assert LabMachines(lab).states() == {}
    assert not list((lab.root / "volumes").glob("[!.]*.img"))


def attach(network: Network, instance: Made, volume: Made) -> Made:
    """The volume in an instance."""
    return network.attachments.create(
        attachmentType="paravirtualized",
        instanceId=instance.resource_id,
        volumeId=volume.resource_id,
        device=DEVICE,
    )
