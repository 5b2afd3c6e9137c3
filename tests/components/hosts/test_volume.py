"""mount_volume.sh with real file systems in files; that they are mounted is only noted, for tests have no disks."""

import subprocess
from pathlib import Path

import pytest

from components.hosts.volume import FOLDER, HERE
from tests.components.hosts.image_root import ImageRoot
from tests.components.hosts.kinds import plain, visited
from tests.components.step_values import values

DISK = "/disk"
VALUES = {"DEVICES": f"/dev/none {DISK}", "FOLDER": FOLDER, "SIZE_GB": "50"}
PROGRAMS = {
    "findmnt": '[ -e /mounted ] || exit 1\ncase "$*" in *SOURCE*) echo /disk ;; *) echo ext4 ;; esac',
    "mount": "awk -v folder=\"$1\" '$2 == folder' /etc/fstab >/mounted\n[ -s /mounted ]",
    "mountpoint": "[ -e /mounted ]",
    "umount": "rm /mounted",
    "resize2fs": 'echo "$1" >>/grown',
    "systemctl": "",
    "lsblk": 'case "$*" in -dnpo*) cat /disks ;; *NAME*) cat /parts ;; *) cat /mountpoints ;; esac',
    "blockdev": "echo $((50 << 30))",
}


@pytest.fixture
def machine(tmp_path: Path) -> ImageRoot:
    """A host with a blank disk."""
    made = ImageRoot.make(tmp_path / "machine")
    for name, body in PROGRAMS.items():
        made.write(f"/usr/local/bin/{name}", f"#!/bin/bash\n{body}\n", 0o755)
    made.write("/etc/fstab", "UUID=root / ext4 defaults 0 1\n")
    made.write("/disks", "")
    made.write("/parts", "disk\n")
    made.write("/mountpoints", "\n")
    with made.path(DISK).open("wb") as disk:
        disk.truncate(64 << 20)
    return made


def mounting() -> str:
    """The script of the step."""
    return "\n".join((HERE / name).read_text() for name in ("fstab.sh", "mount_volume.sh"))


def mount(machine: ImageRoot, **changes: str) -> subprocess.CompletedProcess[str]:
    """The step, where a file may be a block device, and nothing is waited for."""
    script = mounting().replace("[ -b ", "[ -e ").replace("wait_until 120", "wait_until 0")
    return machine.run(script, VALUES | changes)


def uuid(machine: ImageRoot) -> str:
    """Of the file system on the disk."""
    return machine.run(f"blkid -p -o value -s UUID {DISK}").stdout.strip()


def lines(machine: ImageRoot) -> list[str]:
    """Of the table of file systems."""
    return machine.path("/etc/fstab").read_text().splitlines()


@pytest.mark.lab
def test_a_blank_volume_is_formatted_once_and_mounted_by_uuid(machine: ImageRoot) -> None:
    ran = mount(machine)
    assert ran.returncode == 0, ran.stderr
    first = uuid(machine)
    assert lines(machine) == [
        "UUID=root / ext4 defaults 0 1",
        f"UUID={first} {FOLDER} ext4 defaults,nofail,x-systemd.device-timeout=60s 0 2",
    ]
    assert mount(machine).stderr.splitlines()[-1] == "home-7 thing: unchanged"
    machine.path("/mounted").unlink()
    assert mount(machine).returncode == 0
    assert uuid(machine) == first


@pytest.mark.lab
def test_a_line_that_was_taken_out_of_the_table_comes_back(machine: ImageRoot) -> None:
    mount(machine)
    before = lines(machine)
    machine.write("/etc/fstab", f"{before[0]}\n")
    ran = mount(machine)
    assert ran.returncode == 0, ran.stderr
    assert lines(machine) == before


@pytest.mark.lab
def test_another_mount_at_the_folder_is_not_taken_for_the_volume(machine: ImageRoot) -> None:
    machine.write("/mounted", "")
    other = PROGRAMS["findmnt"].replace("/disk", "tmpfs")
    machine.write("/usr/local/bin/findmnt", f"#!/bin/bash\n{other}\n", 0o755)
    ran = mount(machine)
    assert ran.returncode != 0
    assert f"{FOLDER} is the mount point of tmpfs, not of the volume" in ran.stderr.splitlines()[-1]
    assert lines(machine) == ["UUID=root / ext4 defaults 0 1"]


@pytest.mark.lab
@pytest.mark.parametrize("prepare", [f"mkswap {DISK}", f"echo ',,L' | sfdisk --no-reread {DISK}"])
def test_what_is_on_a_volume_is_never_formatted(machine: ImageRoot, prepare: str) -> None:
    prepared = machine.run(f"{{ {prepare}; }} >/dev/null 2>&1")
    if prepared.returncode == 127:
        pytest.skip("the image has no such program")
    before = machine.path(DISK).read_bytes()
    ran = mount(machine)
    assert ran.returncode != 0
    assert "which this program does not use: it was not changed" in ran.stderr.splitlines()[-1]
    assert machine.path(DISK).read_bytes() == before


@pytest.mark.lab
def test_a_file_system_that_is_there_is_used_as_it_is(machine: ImageRoot) -> None:
    assert machine.run(f"mkfs.ext4 -q -L mine {DISK}").returncode == 0
    there = uuid(machine)
    ran = mount(machine)
    assert ran.returncode == 0, ran.stderr
    assert uuid(machine) == there
    assert "formatted" not in ran.stderr


@pytest.mark.lab
def test_the_file_system_is_grown_whenever_the_step_runs(machine: ImageRoot) -> None:
    mount(machine)
    mount(machine, SIZE_GB="60")
    assert machine.path("/grown").read_text() == f"{DISK}\n{DISK}\n"


@pytest.mark.lab
def test_without_the_clouds_names_it_is_the_one_disk_of_its_size_also_on_the_next_machine(machine: ImageRoot) -> None:
    machine.write("/disks", f"/system\n{DISK}\n")
    machine.write("/system", "a boot sector")
    ran = mount(machine, DEVICES="/dev/none")
    assert ran.returncode == 0, ran.stderr
    first = uuid(machine)
    machine.path("/mounted").unlink()
    ran = mount(machine, DEVICES="/dev/none")
    assert ran.returncode == 0, ran.stderr
    assert uuid(machine) == first


@pytest.mark.lab
@pytest.mark.parametrize(
    ("prepare", "size", "seen"),
    [
        ("echo >/disks", "50", "0 disks of 50 GiB are empty or this program's: attach it"),
        (
            f"cp {DISK} /other && echo /other >>/disks",
            "50",
            f"2 disks of 50 GiB are empty or this program's: {DISK} /other",
        ),
        (":", "51", "0 disks of 51 GiB"),
        (f"mkfs.ext4 -q {DISK}", "50", "0 disks"),
        (f"mkfs.ext4 -q -L tailnet-k3s {DISK} && cp {DISK} /other && echo /other >>/disks", "50", "2 disks"),
        (f"mkswap {DISK}", "50", "0 disks"),
        (f"echo data | dd of={DISK} bs=1 seek=1000000 conv=notrunc", "50", "0 disks"),
        ("echo /data >/mountpoints", "50", "0 disks"),
        ("echo [SWAP] >/mountpoints", "50", "0 disks"),
        ("echo part >>/parts", "50", "0 disks"),
    ],
)
def test_a_guess_that_is_not_sure_touches_nothing(machine: ImageRoot, prepare: str, size: str, seen: str) -> None:
    machine.write("/disks", f"{DISK}\n")
    prepared = machine.run(f"{{ {prepare}; }} >/dev/null 2>&1")
    if prepared.returncode == 127:
        pytest.skip("the image has no such program")
    assert prepared.returncode == 0, prepared.stderr
    before = machine.path(DISK).read_bytes()
    ran = mount(machine, DEVICES="/dev/none", SIZE_GB=size)
    assert ran.returncode != 0
    assert f"the volume to be attached; saw: none of /dev/none exists, and {seen}" in ran.stderr.splitlines()[-1]
    assert machine.path(DISK).read_bytes() == before
    assert len(lines(machine)) == 1


@pytest.mark.lab
def test_leaving_unmounts_and_forgets_it(machine: ImageRoot) -> None:
    mount(machine)
    ran = machine.run("\n".join((HERE / name).read_text() for name in ("fstab.sh", "unmount_volume.sh")), VALUES)
    assert ran.returncode == 0, ran.stderr
    assert lines(machine) == ["UUID=root / ext4 defaults 0 1"]
    assert uuid(machine)


@pytest.mark.parametrize(
    ("cloud", "devices", "size"),
    [
        ("oracle-5", "/dev/oracleoci/oraclevdb", "50"),
        ("azure-6", "/dev/disk/azure/scsi1/lun0 /dev/disk/azure/data/by-lun/0", "10"),
    ],
)
def test_clouds_tell_where_their_volumes_appear(cloud: str, devices: str, size: str) -> None:
    step = visited().one("Command", f"{cloud}-volume")
    given = values(step)
    assert f"DEVICES={devices}\n" in given
    assert f"SIZE_GB={size}\n" in given
    leave = visited().one("Command", f"{cloud}-volume-leave")
    assert leave.request.deletedWith.endswith(f"::{cloud}")
    assert f"Command {cloud}-volume-leave" in step.after
    assert f"Command {cloud}-first-boot" in step.after


def test_a_host_with_a_volume_keeps_its_data_there_and_says_what_is_kept() -> None:
    for name, kept in {"oracle-5": "volume lab-oracle-5 (50 GB)", "azure-6": "volume lab-azure-6-data (10 GB)"}.items():
        assert visited().outputs["storage"][name] == f"{FOLDER}/storage"
        assert visited().outputs["kept"][name] == [kept]
        assert plain().outputs["kept"][name] == []
