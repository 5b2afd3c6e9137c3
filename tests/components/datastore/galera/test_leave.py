"""A host that is no member any more, and one that becomes a member again: whose data a new cluster begins with."""

import subprocess
from pathlib import Path

import pytest

from components.datastore.galera.galera import HERE
from tests.components.prelude import run_script

PROGRAMS = {
    "systemctl": "",
    "mariadb-install-db": """for word; do
      case $word in --datadir=*) mkdir -p "${word#*=}/mysql" && chmod 0700 "${word#*=}" ;; esac
    done""",
    "mountpoint": '[ -e "$2/lost+found" ]',  # as a file system has it
}


def step(folder: Path, name: str, **programs: str) -> subprocess.CompletedProcess[str]:
    """What it does to data, which are in a folder of this test; nothing is installed on this computer."""
    script, _, _ = (HERE / name).read_text().partition("\nid -u galera-health")
    script = script.replace("/var/lib/", f"{folder}/").replace("/etc/", f"{folder}/etc/")
    return run_script(folder, f"install_unstarted() {{ true; }}\n{script}", programs=PROGRAMS | programs)


def test_a_former_member_puts_its_data_aside(tmp_path: Path) -> None:
    (tmp_path / "mysql").mkdir()
    (tmp_path / "mysql/ibdata1").write_text("written by a cluster")
    left = step(tmp_path, "leave.sh")
    assert left.returncode == 0, left.stderr
    (aside,) = tmp_path.glob("mysql-left-*")
    assert (aside / "ibdata1").read_text() == "written by a cluster"
    assert not (tmp_path / "mysql").exists()
    assert step(tmp_path, "leave.sh").returncode == 0
    assert list(tmp_path.glob("mysql-left-*")) == [aside]


def mounted(folder: Path) -> Path:
    """The folder of the data, a mount point with a cluster's data."""
    (folder / "mysql/lost+found").mkdir(parents=True)
    (folder / "mysql/ibdata1").write_text("written by a cluster")
    (folder / "mysql-leaving").mkdir()  # of a step that was interrupted
    return folder / "mysql"


def test_a_mount_point_stays_and_what_is_in_it_is_put_aside(tmp_path: Path) -> None:
    data = mounted(tmp_path)
    left = step(tmp_path, "leave.sh")
    assert left.returncode == 0, left.stderr
    (aside,) = tmp_path.glob("mysql-left-*")
    assert (aside / "ibdata1").read_text() == "written by a cluster"
    assert [path.name for path in data.iterdir()] == ["lost+found"]
    assert not (tmp_path / "mysql-leaving").exists()
    assert "moved the data to" not in step(tmp_path, "leave.sh").stderr
    assert list(tmp_path.glob("mysql-left-*")) == [aside]


def test_data_of_a_mount_point_that_finds_no_room_stays_where_it_is(tmp_path: Path) -> None:
    data = mounted(tmp_path)
    left = step(tmp_path, "leave.sh", df="printf 'Avail\\n    0\\n'")
    assert left.returncode == 97
    assert "don't fit into the 0 MB that are free in" in left.stderr.splitlines()[-1]
    assert (data / "ibdata1").exists()


def test_a_member_comes_again_on_a_mount_point(tmp_path: Path) -> None:
    (tmp_path / "mysql/lost+found").mkdir(parents=True)
    (tmp_path / "mysql/.unfinished").touch()
    came = step(tmp_path, "packages.sh")
    assert came.returncode == 0, came.stderr
    assert sorted(path.name for path in (tmp_path / "mysql").iterdir()) == ["lost+found", "mysql"]
    assert "made" not in step(tmp_path, "packages.sh").stderr


def test_a_member_that_comes_again_begins_with_an_empty_database(tmp_path: Path) -> None:
    (tmp_path / "mysql-new").mkdir()  # of a step that was interrupted
    came = step(tmp_path, "packages.sh")
    assert came.returncode == 0, came.stderr
    assert "created an empty database" in came.stderr
    assert (tmp_path / "mysql").is_dir()
    assert not (tmp_path / "mysql-new").exists()


@pytest.mark.parametrize("is_mounted", [True, False])
def test_the_health_service_can_look_into_the_folder_of_a_member_that_comes_again(
    tmp_path: Path, is_mounted: bool
) -> None:
    """mariadb-install-db lets nobody in, and a copy to a mount point takes that over."""
    if is_mounted:
        (tmp_path / "mysql/lost+found").mkdir(parents=True)
    assert step(tmp_path, "packages.sh").returncode == 0
    assert (tmp_path / "mysql").stat().st_mode & 0o111 == 0o111


def test_a_member_s_data_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mysql").mkdir()
    (tmp_path / "mysql/ibdata1").touch()
    assert "made" not in step(tmp_path, "packages.sh").stderr
    assert (tmp_path / "mysql/ibdata1").exists()


def test_data_that_can_not_be_read_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "mysql").mkdir()
    (tmp_path / "mysql/ibdata1").write_text("written by a cluster")
    came = step(tmp_path, "packages.sh", find="echo Input/output error >&2; exit 1")
    assert came.stderr.splitlines()[-1] == f"oracle-1 thing: can't read {tmp_path}/mysql: it was not changed"
    assert [path.name for path in (tmp_path / "mysql").iterdir()] == ["ibdata1"]
    assert not (tmp_path / "mysql-new").exists()


def test_data_that_can_not_be_read_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "mysql").mkdir()
    (tmp_path / "mysql/ibdata1").write_text("written by a cluster")
    left = step(tmp_path, "leave.sh", find="exit 1")
    assert left.stderr.splitlines()[-1] == f"oracle-1 thing: can't read {tmp_path}/mysql, so its data was not moved"
