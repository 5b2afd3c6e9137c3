"""Instances: the host that they become, what changes in place and how, what Oracle and this computer refuse."""

import asyncio
from typing import Any

import pytest
from pulumi.provider.experimental import provider as sdk

from lab.providers import published
from lab.providers.oci.cloud import CloudError
from lab.providers.properties import UNKNOWN, value
from tests.lab.providers.oci.cloud import ARM_SHAPE, IMAGE, SHAPE, Network


def test_outputs_are_those_of_the_published_type(network: Network) -> None:
    made = network.launch("oracle-1")
    published.check_outputs(network.instances.token, made.outputs)
    assert made.resource_id.startswith("ocid1.instance.oc1.lab-region-1.")
    assert made.outputs["state"] == "RUNNING"
    assert made.outputs["shapeConfig"]["vcpus"] in (1, 2)


def test_addresses_are_the_lowest_free_ones(network: Network) -> None:
    made = [network.launch(f"oracle-{number}") for number in (1, 2, 3)]
    assert [one.outputs["privateIp"] for one in made] == ["10.0.0.2", "10.0.0.3", "10.0.0.4"]
    assert [one.outputs["publicIp"] for one in made] == ["198.51.100.10", "198.51.100.11", "198.51.100.12"]
    network.instances.delete(made[1])
    again = network.launch("oracle-2").outputs
    assert (again["privateIp"], again["publicIp"]) == ("10.0.0.3", "198.51.100.11")


def test_the_host_is_what_was_asked_for(network: Network) -> None:
    made = network.launch("Oracle 1")
    spec = network.machines.specs["oracle-1"]
    assert spec.user_data == b"#cloud-config\n"
    assert spec.authorized_keys == ("ssh-ed25519 A", "ssh-ed25519 B")
    assert spec.instance_id == made.resource_id
    assert (spec.subnet, spec.gateway, spec.network) == ("10.0.0.0/24", "10.0.0.1", "10.0.0.0/16")
    assert spec.memory_bytes == 4 * 1024**3


def test_a_wanted_address_is_given_once(network: Network) -> None:
    assert network.launch("oracle-1", {"privateIp": "10.0.0.77"}).outputs["privateIp"] == "10.0.0.77"
    with pytest.raises(CloudError, match=r"10\.0\.0\.77 is taken"):
        network.launch("oracle-2", {"privateIp": "10.0.0.77"})


def test_no_public_address_where_none_is_wanted(network: Network) -> None:
    assert network.launch("oracle-1", {"assignPublicIp": "false"}).outputs["publicIp"] == ""
    assert network.machines.specs["oracle-1"].public_address is None


def test_a_private_subnet_gives_no_public_address(network: Network) -> None:
    private = network.subnets.create(
        cidrBlock="10.0.5.0/24", prohibitPublicIpOnVnic=True, **network.subnet_inputs
    ).resource_id
    with pytest.raises(CloudError, match="prohibits public addresses"):
        network.launch("oracle-1", {"subnetId": private})
    vnic = network.instance_inputs("oracle-1")["createVnicDetails"] | {"subnetId": private}
    del vnic["assignPublicIp"]
    made = network.instances.create(**network.instance_inputs("oracle-1") | {"createVnicDetails": vnic})
    assert made.outputs["publicIp"] == ""


def test_display_names_may_be_the_same_but_hosts_are_not(network: Network) -> None:
    network.launch("oracle-1")
    network.launch("oracle-1")
    assert len(network.machines.specs) == 2


def test_host_names_are_unique_in_a_subnet(network: Network) -> None:
    network.launch("one", {"hostnameLabel": "oracle-1"})
    with pytest.raises(CloudError, match="409-Conflict: hostnameLabel Oracle-1 is taken"):
        network.launch("two", {"hostnameLabel": "Oracle-1"})


@pytest.mark.parametrize("label", ["007", "a", "a-", "-a", "a_b", "a.b", "a" * 64])
def test_a_host_name_is_one_of_the_older_rules_too(network: Network, label: str) -> None:
    with pytest.raises(CloudError, match=r"400-InvalidParameter: hostnameLabel .* is no name by RFC 952"):
        network.launch("one", {"hostnameLabel": label})


def test_a_host_that_does_not_start_leaves_nothing(network: Network) -> None:
    network.machines.failure = "host oracle-1: no image; run `make up`"
    with pytest.raises(RuntimeError, match="host oracle-1: no image"):
        network.launch("oracle-1")
    assert not network.machines.specs
    network.machines.failure = ""
    assert network.launch("oracle-1").outputs["privateIp"] == "10.0.0.2"


@pytest.mark.parametrize(
    ("change", "path", "replaces"),
    [
        ({"displayName": "other"}, "displayName", False),
        ({"freeformTags": {"a": "b"}}, "freeformTags", False),
        ({"shapeConfig": {"ocpus": 2, "memoryInGbs": 4}}, "shapeConfig.ocpus", False),
        ({"preserveBootVolume": True}, "preserveBootVolume", False),
        ({"availabilityDomain": "lab:LAB-REGION-1-AD-2"}, "availabilityDomain", True),
        (
            {"metadata": {"user_data": "bmV3", "ssh_authorized_keys": "ssh-ed25519 A\nssh-ed25519 B\n"}},
            "metadata",
            True,
        ),
        ({"metadata": {}}, "metadata", True),
    ],
)
def test_replaces_where_the_published_provider_does(
    network: Network, change: dict[str, Any], path: str, replaces: bool
) -> None:
    diff = network.instances.diff(network.launch("oracle-1"), **network.instance_inputs("oracle-1") | change)
    assert list(diff.detailed_diff) == [path]
    assert bool(diff.replaces) is replaces


@pytest.mark.parametrize(
    ("part", "change", "replaces"),
    [
        ("createVnicDetails", {"privateIp": "10.0.0.9"}, True),
        ("createVnicDetails", {"subnetId": "ocid1.subnet.other"}, True),
        ("createVnicDetails", {"displayName": "other"}, False),
        ("sourceDetails", {"bootVolumeVpusPerGb": "20"}, True),
        ("sourceDetails", {"bootVolumeSizeInGbs": "60"}, False),
        ("sourceDetails", {"sourceId": "ocid1.image.oc1.lab.other"}, False),
        ("metadata", {"owner": "me"}, False),
        ("metadata", {"user_data": UNKNOWN}, True),
    ],
)
def test_replaces_for_parts_of_an_input(network: Network, part: str, change: dict[str, Any], replaces: bool) -> None:
    inputs = network.instance_inputs("oracle-1")
    diff = network.instances.diff(network.launch("oracle-1"), **inputs | {part: inputs[part] | change})
    assert diff.diffs == [part]
    assert bool(diff.replaces) is replaces


def test_the_same_inputs_are_no_change(network: Network) -> None:
    assert network.instances.diff(network.launch("oracle-1"), **network.instance_inputs("oracle-1")).changes is False


def test_another_size_reboots_the_host(network: Network) -> None:
    made = network.launch("oracle-1")
    larger = network.instance_inputs("oracle-1") | {"shapeConfig": {"ocpus": 2, "memoryInGbs": 8}}
    updated = network.instances.update(made, **larger)
    assert network.machines.reboots == ["oracle-1"]
    assert updated.outputs["shapeConfig"]["ocpus"] == 2
    assert network.instances.diff(updated, **larger).changes is False


def test_another_image_gives_the_host_a_new_disk_and_leaves_its_addresses(network: Network) -> None:
    made = network.launch("oracle-1")
    network.machines.specs.clear()
    inputs = network.instance_inputs("oracle-1")
    inputs["sourceDetails"]["sourceId"] = "ocid1.image.oc1.lab.other"
    assert network.instances.update(made, **inputs).outputs["privateIp"] == "10.0.0.2"
    assert network.machines.specs["oracle-1"].private_address == "10.0.0.2"


def test_other_names_and_tags_leave_the_host_alone(network: Network) -> None:
    made = network.launch("oracle-1")
    network.machines.specs.clear()
    inputs = network.instance_inputs("renamed") | {"freeformTags": {"a": "b"}}
    assert network.instances.update(made, **inputs).outputs["displayName"] == "renamed"
    assert not network.machines.specs
    assert not network.machines.reboots


def test_power_is_switched(network: Network) -> None:
    inputs = network.instance_inputs("oracle-1")
    made = network.instances.create(**inputs, state="STOPPED")
    assert made.outputs["state"] == "STOPPED"
    assert network.machines.on == {"oracle-1": False}
    news = network.instances.check(**inputs, state="RUNNING")
    request = sdk.UpdateRequest(network.instances.urn, made.resource_id, made.properties, news, 0, [], False)
    assert asyncio.run(network.provider.update(request)).properties["state"].value == "RUNNING"
    assert network.machines.on == {"oracle-1": True}


def test_a_refresh_sees_a_host_that_is_off_or_gone(network: Network) -> None:
    made = network.launch("oracle-1")
    network.machines.on["oracle-1"] = False
    assert network.instances.read(made, {}).properties["state"].value == "STOPPED"
    network.machines.delete("oracle-1")
    assert network.instances.read(made, {}).resource_id == ""


def test_secret_user_data_stays_secret(network: Network) -> None:
    inputs = network.instance_inputs("oracle-1")
    inputs["metadata"] = value({"user_data": value("aGVsbG8=", secret=True)})
    assert network.instances.create(**inputs).secrets == {"metadata"}


def test_user_data_is_readable_for_the_owner_only(network: Network) -> None:
    network.launch("oracle-1")
    assert (network.folder / "resources.json").stat().st_mode & 0o077 == 0


def test_a_preview_touches_nothing_and_knows_what_is_given(network: Network) -> None:
    inputs = network.instance_inputs("oracle-1", {"subnetId": UNKNOWN})
    outputs = network.instances.create(preview=True, **inputs | {"metadata": {"user_data": UNKNOWN}}).outputs
    assert outputs["publicIp"] == UNKNOWN
    assert outputs["displayName"] == "oracle-1"
    assert not network.machines.specs


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"shape": "VM.Standard.Huge"}, "the lab has VM.Standard.A1.Flex"),
        ({"shapeConfig": {"ocpus": 1, "memoryInGbs": 65}}, "1 to 64 GB of memory a core"),
        ({"shapeConfig": {"ocpus": 200}}, f"{SHAPE} has 1 to"),
        ({"shapeConfig": {"memoryInGbs": 4}}, "shapeConfig.ocpus is required"),
        ({"shape": "VM.Standard.E2.1.Micro"}, "fixed cores and memory"),
        ({"sourceDetails": {"sourceType": "image", "sourceId": "debian"}}, "'debian' is no image's OCID"),
        ({"availabilityDomain": "AD-1"}, "is no availability domain"),
        ({"metadata": {"user_data": "x" * 32000}}, "at most 32000"),
        ({"metadata": {"user_data": "#cloud-config"}}, "not in base64"),
        ({"state": "ASLEEP"}, "RUNNING or STOPPED"),
        ({"createVnicDetails": {"assignPublicIp": "yes"}}, "true or false"),
        ({"createVnicDetails": {"nsgIds": ["x"] * 6}}, "5 groups at most"),
        ({"faultDomain": "FAULT-DOMAIN-4"}, "one of FAULT-DOMAIN-1, FAULT-DOMAIN-2, FAULT-DOMAIN-3"),
        ({"sourceDetails": {"sourceType": "image", "sourceId": IMAGE, "bootVolumeSizeInGbs": "40"}}, "50 to 32768 GB"),
    ],
)
def test_refuses_what_can_not_be(network: Network, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        network.instances.check(**network.instance_inputs("oracle-1") | change)


def test_refuses_an_instance_in_a_subnet_that_is_not_there(network: Network) -> None:
    with pytest.raises(CloudError, match="404-NotAuthorizedOrNotFound"):
        network.launch("oracle-1", {"subnetId": "ocid1.subnet.oc1.x"})


def test_gives_and_takes_a_public_address_later(network: Network) -> None:
    made = network.launch("oracle-1", {"assignPublicIp": "false"})
    given = network.instances.update(made, **network.instance_inputs("oracle-1"))
    assert given.outputs["publicIp"] == network.machines.public["oracle-1"] == "198.51.100.10"
    taken = network.instances.update(given, **network.instance_inputs("oracle-1", {"assignPublicIp": "false"}))
    assert taken.outputs["publicIp"] == ""
    assert network.machines.public["oracle-1"] is None


def test_an_arm_shape_is_a_host_of_this_computer(network: Network) -> None:
    inputs = network.instance_inputs("oracle-1") | {
        "shape": ARM_SHAPE,
        "shapeConfig": {"ocpus": 2, "memoryInGbs": 12},
    }
    assert network.instances.create(**inputs).outputs["shapeConfig"]["vcpus"] == 2
    assert network.machines.specs["oracle-1"].cpus == 2


def test_a_boot_volume_grows_and_never_shrinks(network: Network) -> None:
    made, inputs = network.launch("oracle-1"), network.instance_inputs("oracle-1")
    inputs["sourceDetails"]["bootVolumeSizeInGbs"] = "60"
    larger = network.instances.update(made, **inputs)
    assert larger.outputs["sourceDetails"]["bootVolumeSizeInGbs"] == "60"
    with pytest.raises(CloudError, match="60 GB can't become smaller"):
        network.instances.update(larger, **network.instance_inputs("oracle-1"))


def test_a_host_that_is_going_has_its_filter_left_alone(network: Network) -> None:
    made, other = network.launch("oracle-1"), network.launch("oracle-2")
    network.machines.delete_failure = "killed"
    with pytest.raises(RuntimeError, match="killed"):
        network.instances.delete(made)
    network.machines.firewalls.clear()
    network.lists.update(network.list, egressSecurityRules=[], **network.in_vcn)
    assert set(network.machines.firewalls) == {"oracle-2"}
    assert other.outputs["state"] == "RUNNING"
