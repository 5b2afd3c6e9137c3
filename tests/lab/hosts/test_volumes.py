"""Volumes: files that come, grow and go, and that are one host's block device as long as it has them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.hosts import (
    AttachedVolume,
    HostError,
    VolumeState,
    attach_volume,
    check_machine,
    create_host,
    create_volume,
    cut_power,
    delete_host,
    delete_lab,
    delete_volume,
    detach_volume,
    grow_volume,
    list_volumes,
    machine,
    reboot,
    run_in_host,
    start_host,
)
from lab.hosts.loops import find_loop, give_back_loops, loops_problem, take_loop
from lab.hosts.store import Record, write_record
from lab.hosts.volumes import volume_file
from lab.image import build_image
from lab.lab import Lab
from lab.network import create_network
from lab.progress import Silence
from tests.lab.hosts.real_lab import block_devices, remains, spec, wait_until_up

GIB = 1024**3
DATA = AttachedVolume("ocid1.volume.data", ("/dev/oracleoci/oraclevdb", "/dev/sdb"))
MOUNT = """
set -eu
device=$(readlink -f /dev/oracleoci/oraclevdb)
mkfs.ext4 -q "$device"
uuid=$(blkid -o value -s UUID "$device")
echo "UUID=$uuid /srv/data ext4 defaults,nofail,x-systemd.device-timeout=60s 0 2" >> /etc/fstab
systemctl daemon-reload
mkdir -p /srv/data
mount /srv/data
echo kept > /srv/data/file
"""


@pytest.fixture
def files(tmp_path: Path) -> Lab:
    return Lab("t", tmp_path)


def test_a_volume_takes_no_room_before_it_is_written_to(files: Lab) -> None:
    create_volume(files, "data", 50 * GIB)
    create_volume(files, "data", 50 * GIB)
    assert list_volumes(files) == [VolumeState("data", 50 * GIB, None)]
    assert volume_file(files, "data").stat().st_blocks == 0
    assert volume_file(files, "data").stat().st_mode & 0o777 == 0o600


def test_a_volume_grows_and_does_not_shrink(files: Lab) -> None:
    create_volume(files, "data", GIB)
    grow_volume(files, "data", 2 * GIB)
    assert list_volumes(files)[0].size_bytes == 2 * GIB
    with pytest.raises(HostError, match="volume data: can't become smaller"):
        grow_volume(files, "data", GIB)
    with pytest.raises(HostError, match="volume data: is there already with another size"):
        create_volume(files, "data", GIB)


def test_deleting_a_volume_twice_is_no_error(files: Lab) -> None:
    create_volume(files, "data", GIB)
    delete_volume(files, "data")
    delete_volume(files, "data")
    assert list_volumes(files) == []


def test_a_volume_that_a_host_has_stays(files: Lab) -> None:
    create_volume(files, "data", GIB)
    write_record(files, Record(replace(spec(11), volumes=(AttachedVolume("data"),)), Path("/image")))
    assert list_volumes(files) == [VolumeState("data", GIB, "host-11")]
    with pytest.raises(HostError, match="volume data: is attached to host host-11; detach it first"):
        delete_volume(files, "data")


@pytest.mark.parametrize("name", ["", ".", "../data", "a/b", "-a", "a b", "a" * 201])
def test_refuses_names_that_are_no_files(files: Lab, name: str) -> None:
    with pytest.raises(HostError, match="use letters, digits"):
        create_volume(files, name, GIB)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One host, with a volume that is formatted, mounted by its UUID and in fstab."""
    build_image(Silence())
    lab = Lab("t-vol", tmp_path_factory.mktemp("lab"))
    nodes = set(Path("/dev").iterdir())
    try:
        create_network(lab)
        create_volume(lab, DATA.id, GIB)
        create_host(lab, replace(spec(11), user_data=b""))
        wait_until_up(lab, "host-11")
        attach_volume(lab, "host-11", DATA)
        run_in_host(lab, "host-11", ["bash", "-c", MOUNT])
        yield lab
    finally:
        delete_lab(lab)
    assert remains(lab) == []
    assert set(Path("/dev").iterdir()) == nodes, "a device node of the machine's came or went"


def content(lab: Lab) -> str:
    return run_in_host(lab, "host-11", ["cat", "/srv/data/file"], check=False).strip()


@pytest.mark.lab
def test_the_machines_table_of_devices_is_as_long_as_it_was(tmp_path: Path) -> None:
    before = set(Path("/sys/block").glob("loop*"))
    files = [tmp_path / f"{index}.img" for index in range(len(before) + 1)]
    try:
        for file in files:
            file.write_bytes(bytes(4096))
            assert take_loop(file) == take_loop(file)
        assert len({find_loop(file) for file in files}) == len(files)
    finally:
        give_back_loops(tmp_path)
    assert not [shown for shown in block_devices() if shown.startswith(str(tmp_path))]
    assert len(set(Path("/sys/block").glob("loop*"))) <= len(before)
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


@pytest.mark.lab
def test_a_machine_without_loop_devices_is_told_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loops_problem(Path("/nowhere")) == "No such file or directory"
    assert not [line for line in check_machine(0, volumes=True) if line.startswith("block volumes")]
    monkeypatch.setattr(machine, "loops_problem", lambda _folder: "Operation not permitted")
    last = check_machine(0, volumes=True)[-1]
    assert last.startswith("block volumes: no loop devices (Operation not permitted): modprobe loop")


@pytest.mark.lab
def test_a_volume_is_a_disk_of_its_size_under_the_clouds_names(lab: Lab) -> None:
    for path in ("/dev/oracleoci/oraclevdb", "/dev/sdb"):
        assert run_in_host(lab, "host-11", ["blockdev", "--getsize64", path]).strip() == str(GIB)
    assert run_in_host(lab, "host-11", ["findmnt", "-no", "FSTYPE", "/srv/data"]).strip() == "ext4"


@pytest.mark.lab
def test_what_is_on_it_survives_a_reboot_and_a_power_cut(lab: Lab) -> None:
    reboot(lab, "host-11")
    assert wait_until_up(lab, "host-11") == "running"
    assert content(lab) == "kept"
    run_in_host(lab, "host-11", ["sync"])
    cut_power(lab, "host-11")
    start_host(lab, "host-11")
    assert wait_until_up(lab, "host-11") == "running"
    assert content(lab) == "kept"
    assert run_in_host(lab, "host-11", ["systemctl", "is-active", "srv-data.mount"]).strip() == "active"


@pytest.mark.lab
def test_no_second_host_gets_it(lab: Lab) -> None:
    with pytest.raises(HostError, match=r"host host-12: volume .* is attached to host host-11"):
        create_host(lab, replace(spec(12), volumes=(DATA,)))
    with pytest.raises(HostError, match="has no such volume"):
        attach_volume(lab, "host-11", AttachedVolume("other"))


@pytest.mark.lab
def test_a_volume_grows_while_it_is_in_use(lab: Lab) -> None:
    grow_volume(lab, DATA.id, 2 * GIB)
    assert run_in_host(lab, "host-11", ["blockdev", "--getsize64", "/dev/sdb"]).strip() == str(2 * GIB)


@pytest.mark.lab
def test_a_host_without_its_volume_starts_all_the_same_and_has_it_again_later(lab: Lab) -> None:
    detach_volume(lab, "host-11", DATA.id)
    detach_volume(lab, "host-11", DATA.id)
    assert content(lab) == ""
    assert run_in_host(lab, "host-11", ["sh", "-c", "ls /dev/loop* /dev/sdb"], check=False) == ""
    assert not [shown for shown in block_devices() if shown.startswith(str(lab.root))]
    reboot(lab, "host-11")
    wait_until_up(lab, "host-11")
    attach_volume(lab, "host-11", DATA)
    run_in_host(lab, "host-11", ["mount", "/srv/data"])
    assert content(lab) == "kept"


@pytest.mark.lab
def test_a_volume_that_is_in_use_can_be_pulled_and_its_host_deleted(lab: Lab) -> None:
    create_volume(lab, "busy", GIB)
    create_host(lab, replace(spec(13), user_data=b"", volumes=(AttachedVolume("busy", ("/dev/sdc",)),)))
    hold = "mkfs.ext4 -q /dev/sdc && mount /dev/sdc /mnt && (cd /mnt; setsid sleep 600 > /dev/null 2>&1 &)"
    run_in_host(lab, "host-13", ["bash", "-c", hold])
    detach_volume(lab, "host-13", "busy")
    delete_volume(lab, "busy")
    delete_host(lab, "host-13")
    for _ in range(100):
        if not [shown for shown in block_devices() if shown.startswith(f"{lab.root}/volumes/busy")]:
            return
    raise AssertionError("the volume's block device is still there without the host")


@pytest.mark.lab
def test_a_volume_outlives_its_host(lab: Lab) -> None:
    create_volume(lab, "moved", GIB)
    for number in (14, 15):
        create_host(lab, replace(spec(number), user_data=b"", volumes=(AttachedVolume("moved", ("/dev/sdb",)),)))
        run_in_host(lab, f"host-{number}", ["sh", "-c", "blkid /dev/sdb || mkfs.ext4 -q -L moved /dev/sdb"])
        assert run_in_host(lab, f"host-{number}", ["findfs", "LABEL=moved"]).startswith("/dev/loop")
        delete_host(lab, f"host-{number}")
    assert [volume.host for volume in list_volumes(lab) if volume.id == "moved"] == [None]
