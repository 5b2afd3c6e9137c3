"""A host that is no longer a node: its mounts end before their folders are deleted. No other data goes with them."""

import subprocess
from pathlib import Path

import pytest

from components.cluster.k3s import HERE
from tests.components.prelude import run_script

MOUNTS = """proc /proc proc rw 0 0
nas:/photos {folder}/var/lib/kubelet/pods/1/volumes/photos nfs rw 0 0
tmpfs {folder}/var/lib/kubelet/pods/1/volumes/photos/inside tmpfs rw 0 0
tmpfs {folder}/home tmpfs rw 0 0
"""
PROGRAMS = {
    "umount": 'echo "umount $*" >>"$FOLDER/calls"',
    "rm": 'echo "rm $*" >>"$FOLDER/calls"',
    "ip": "exit 1",
    "iptables-save": "",
    "ip6tables-save": "",
}


def leave(folder: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """What the script does once the pods have ended, in a folder of this test."""
    _, _, script = (HERE / "k3s_leave.sh").read_text().partition("\nend_pods\n")
    for path in ("/var/lib/", "/run/", "/etc/", "/proc/self/"):
        script = script.replace(path, f"{folder}{path}")
    (folder / "proc/self").mkdir(parents=True)
    (folder / "proc/self/mounts").write_text(MOUNTS.format(folder=folder))
    (folder / "etc/rancher/k3s").mkdir(parents=True)
    (folder / "etc/rancher/k3s/config.yaml").touch()
    return run_script(folder, script, programs=PROGRAMS | programs)


def calls(folder: Path) -> list[str]:
    file = folder / "calls"
    return file.read_text().splitlines() if file.exists() else []


def test_its_mounts_end_from_the_inside_out_and_nothing_is_deleted_through_another(tmp_path: Path) -> None:
    left = leave(tmp_path)
    assert left.returncode == 0, left.stderr
    photos = f"{tmp_path}/var/lib/kubelet/pods/1/volumes/photos"
    assert [call for call in calls(tmp_path) if call.startswith("umount")] == [
        f"umount -l {photos}/inside",
        f"umount -l {photos}",
    ]
    removals = [call for call in calls(tmp_path) if call.startswith("rm ")]
    assert len(removals) == 2
    assert all(call.startswith("rm -rf --one-file-system ") for call in removals), removals


@pytest.mark.parametrize("program", ["tac", "umount"])
def test_nothing_is_deleted_while_its_mounts_may_be_there(tmp_path: Path, program: str) -> None:
    left = leave(tmp_path, **{program: "exit 1"})
    assert left.returncode != 0
    assert [call for call in calls(tmp_path) if call.startswith("rm ")] == []
