"""What an engine that was killed left behind in the cloud is removed, and nothing else."""

from pathlib import Path

from lab.lab import Lab
from lab.providers.oci.provider import FOLDER
from lab.providers.oci.recovery import remove_unknown
from tests.lab.providers.oci.cloud import Network


def test_removes_what_no_state_knows_and_its_host(tmp_path: Path) -> None:
    network = Network(tmp_path / FOLDER)
    known, stranger = network.launch("oracle-1"), network.launch("oracle-2")
    parts = (network.vcn, network.gateway, network.table, network.list, network.subnet, known)
    removed = remove_unknown(Lab("test", tmp_path), {part.resource_id for part in parts}, network.machines)
    assert removed == ["instance oracle-2"]
    assert set(network.machines.specs) == {"oracle-1"}
    assert network.instances.read(stranger, {}).resource_id == ""
    assert network.instances.read(known, {}).resource_id == known.resource_id


def test_removes_all_in_the_order_that_the_cloud_wants(tmp_path: Path) -> None:
    network = Network(tmp_path / FOLDER)
    network.launch("oracle-1")
    removed = remove_unknown(Lab("test", tmp_path), (), network.machines)
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
    removed = remove_unknown(Lab("test", tmp_path), {known}, network.machines)
    assert "subnet lab" not in removed


def test_a_lab_without_a_cloud_has_nothing_to_remove(tmp_path: Path) -> None:
    assert remove_unknown(Lab("test", tmp_path), ()) == []
