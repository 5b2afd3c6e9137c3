"""What an engine that was killed left behind in the cloud is removed, and nothing else."""

from pathlib import Path
from typing import Any

from lab.lab import Lab
from lab.providers.oci.provider import FOLDER
from lab.providers.oci.recovery import put_in_force, remove_unknown
from lab.providers.oci.vnic import private_ip_id
from tests.lab.providers.calling import Caller
from tests.lab.providers.oci.cloud import COMPARTMENT, Network


def test_removes_what_no_state_knows_and_its_host(tmp_path: Path) -> None:
    network = Network(tmp_path / FOLDER)
    known, stranger = network.launch("oracle-1"), network.launch("oracle-2")
    parts = (network.vcn, network.gateway, network.table, network.list, network.subnet, known)
    removed = remove_unknown(Lab("test", tmp_path), {part.resource_id for part in parts}, machines=network.machines)
    assert removed == ["instance oracle-2"]
    assert set(network.machines.specs) == {"oracle-1"}
    assert network.instances.read(stranger, {}).resource_id == ""
    assert network.instances.read(known, {}).resource_id == known.resource_id


def test_removes_all_in_the_order_that_the_cloud_wants(tmp_path: Path) -> None:
    network = Network(tmp_path / FOLDER)
    network.launch("oracle-1")
    removed = remove_unknown(Lab("test", tmp_path), (), machines=network.machines)
    assert [line.split()[0] for line in removed] == [
        "instance",
        "subnet",
        "securitylist",
        "routetable",
        "internetgateway",
        "vcn",
    ]


def test_leaves_what_something_known_uses(tmp_path: Path) -> None:
    network = Network(tmp_path / FOLDER)
    known = network.launch("oracle-1").resource_id
    removed = remove_unknown(Lab("test", tmp_path), {known}, machines=network.machines)
    assert "subnet lab" not in removed


def test_a_lab_without_a_cloud_has_nothing_to_remove(tmp_path: Path) -> None:
    assert remove_unknown(Lab("test", tmp_path), ()) == []


def test_removes_new_kinds_too_and_only_volumes_that_were_being_made(tmp_path: Path) -> None:
    network = Network(tmp_path / FOLDER)
    instance = network.launch("oracle-1", {"assignPublicIp": "false"})
    group = network.groups.create(**network.in_vcn)
    rule = network.rules.create(
        networkSecurityGroupId=group.resource_id, direction="INGRESS", protocol="6", source="0.0.0.0/0"
    )
    placed: dict[str, Any] = {
        "compartmentId": COMPARTMENT,
        "availabilityDomain": "lab:LAB-REGION-1-AD-1",
        "sizeInGbs": "50",
    }
    kept = network.volumes.create(**placed)
    killed = Caller(network.provider, network.volumes.token, "killed")
    half_made = killed.create(**placed)
    attached = network.attachments.create(
        attachmentType="paravirtualized", instanceId=instance.resource_id, volumeId=half_made.resource_id
    )
    public = network.public_ips.create(
        lifetime="RESERVED", privateIpId=private_ip_id(instance.resource_id), **network.in_it
    )
    parts = (network.vcn, network.gateway, network.table, network.list, network.subnet, instance)
    removed = remove_unknown(
        Lab("test", tmp_path), {part.resource_id for part in parts}, {killed.urn}, machines=network.machines
    )
    assert [line.split()[0] for line in removed] == [
        "publicip",
        "volumeattachment",
        "volume",
        "securityrule",
        "networksecuritygroup",
    ]
    for caller, made in ((network.public_ips, public), (network.attachments, attached), (network.rules, rule)):
        assert caller.read(made, {}).resource_id == ""
    assert set(network.machines.volumes) == {kept.resource_id}
    assert network.machines.public == {"oracle-1": None}
    assert network.machines.attached == {}


def test_an_address_that_was_being_made_goes_and_the_next_can_be_assigned(tmp_path: Path) -> None:
    network = Network(tmp_path / FOLDER)
    instance = network.launch("oracle-1", {"assignPublicIp": "false"})
    wanted = {"lifetime": "EPHEMERAL", "privateIpId": private_ip_id(instance.resource_id), **network.in_it}
    network.public_ips.create(**wanted)
    parts = (network.vcn, network.gateway, network.table, network.list, network.subnet, instance)
    known = {part.resource_id for part in parts}
    assert remove_unknown(Lab("test", tmp_path), known, machines=network.machines) == ["publicip lab"]
    assert network.machines.public == {"oracle-1": None}
    known.add(network.public_ips.create(**wanted).resource_id)
    assert remove_unknown(Lab("test", tmp_path), known, machines=network.machines) == []
    assert network.machines.public == {"oracle-1": "198.51.100.10"}


def test_an_instance_that_was_being_made_takes_its_address_along(tmp_path: Path) -> None:
    network = Network(tmp_path / FOLDER)
    instance = network.launch("oracle-1", {"assignPublicIp": "false"})
    made = network.public_ips.create(
        lifetime="EPHEMERAL", privateIpId=private_ip_id(instance.resource_id), **network.in_it
    )
    parts = (network.vcn, network.gateway, network.table, network.list, network.subnet, made)
    known = {part.resource_id for part in parts}
    assert remove_unknown(Lab("test", tmp_path), known, machines=network.machines) == ["instance oracle-1"]
    assert network.public_ips.read(made, {}).resource_id == ""


def test_hosts_get_the_addresses_and_filters_that_a_kill_has_kept_from_them(tmp_path: Path) -> None:
    network = Network(tmp_path / FOLDER)
    network.launch("oracle-1")
    network.machines.public["oracle-1"] = None
    network.machines.firewalls["oracle-1"] = ()
    put_in_force(Lab("test", tmp_path), network.machines)
    assert network.machines.public == {"oracle-1": "198.51.100.10"}
    assert network.machines.firewalls["oracle-1"] != ()
