"""mount_volume.sh on a disk that can't be read, or whose data it does not know: it is not formatted."""

import subprocess
from pathlib import Path

import pytest

from components.hosts.volume import HERE
from tests.components.prelude import run_script

PROGRAMS = {
    "findmnt": "exit 1",
    "udevadm": "",
    "lsblk": 'case "$*" in -dnpo*) cat "$FOLDER/disks" ;; *NAME*) echo disk ;; *) echo ;; esac',
    "blockdev": "echo $((50 << 30))",
    "wipefs": "",
    "blkid": "exit 2",
    "mkfs.ext4": 'touch "$FOLDER/formatted"',
}
CAN_NOT = {"wipefs": "echo input/output error >&2; exit 1"}


def mount(folder: Path, devices: str, **programs: str) -> subprocess.CompletedProcess[str]:
    """The step, where a file may be a block device, and nothing is waited for."""
    script = "\n".join((HERE / name).read_text() for name in ("fstab.sh", "mount_volume.sh"))
    for old, new in {"[ -b ": "[ -e ", "wait_until 120": "wait_until 0", "/etc/fstab": f"{folder}/fstab"}.items():
        script = script.replace(old, new)
    values = {"DEVICES": devices, "FOLDER": str(folder), "SIZE_GB": "50"}
    return run_script(folder, script, values, PROGRAMS | programs)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A blank disk, which lsblk lists."""
    made = tmp_path / "disk"
    with made.open("wb") as file:
        file.truncate(8 << 20)
    (tmp_path / "disks").write_text(f"{made}\n")
    return made


@pytest.mark.parametrize("by_path", [True, False])
def test_a_blank_disk_is_formatted(tmp_path: Path, disk: Path, by_path: bool) -> None:
    mount(tmp_path, str(disk) if by_path else "/dev/none")
    assert (tmp_path / "formatted").exists()


def test_a_disk_at_its_path_that_can_not_be_read_is_not_formatted(tmp_path: Path, disk: Path) -> None:
    ran = mount(tmp_path, str(disk), **CAN_NOT)
    assert ran.stderr.splitlines()[-1] == f"oracle-1 thing: can't read what is on {disk}: it was not changed"
    assert not (tmp_path / "formatted").exists()


def test_a_disk_at_its_path_with_unknown_data_is_not_formatted(tmp_path: Path, disk: Path) -> None:
    with disk.open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"data")
    ran = mount(tmp_path, str(disk))
    assert "has unknown data on it, or can't be read: it was not changed." in ran.stderr.splitlines()[-1]
    assert not (tmp_path / "formatted").exists()


@pytest.mark.parametrize("what", ["MOUNTPOINTS", "NAME"])
def test_a_disk_whose_use_can_not_be_told_is_not_the_volume(tmp_path: Path, disk: Path, what: str) -> None:
    lsblk = f'case "$*" in *"-no {what}"*) exit 1 ;; esac\n{PROGRAMS["lsblk"]}'
    ran = mount(tmp_path, "/dev/none", lsblk=lsblk)
    assert "0 disks of 50 GiB are empty or this program's" in ran.stderr.splitlines()[-1]
    assert not (tmp_path / "formatted").exists()


def test_a_disk_that_can_not_be_read_is_not_the_volume(tmp_path: Path, disk: Path) -> None:
    ran = mount(tmp_path, "/dev/none", **CAN_NOT)
    assert "0 disks of 50 GiB are empty or this program's" in ran.stderr.splitlines()[-1]
    assert not (tmp_path / "formatted").exists()
