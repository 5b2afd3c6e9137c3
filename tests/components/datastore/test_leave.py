"""A host that is no member any more, and one that becomes a member again: whose data a new cluster begins with."""

import subprocess
from pathlib import Path

from components.datastore.galera import HERE
from tests.components.prelude import run_script

PROGRAMS = {
    "systemctl": "",
    "mariadb-install-db": 'for word in "$@"; do case $word in --datadir=*) mkdir "${word#*=}" ;; esac; done',
}


def step(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    """What it does to data, which are in a folder of this test; nothing is installed on this computer."""
    script, _, _ = (HERE / name).read_text().partition("\nid -u galera-health")
    script = script.replace("/var/lib/", f"{folder}/").replace("/etc/", f"{folder}/etc/")
    return run_script(folder, f"install_packages() {{ true; }}\n{script}", programs=PROGRAMS)


def test_a_former_member_puts_its_data_aside(tmp_path: Path) -> None:
    (tmp_path / "mysql").mkdir()
    (tmp_path / "mysql/ibdata1").write_text("written by a cluster")
    left = step(tmp_path, "galera_leave.sh")
    assert left.returncode == 0, left.stderr
    (aside,) = tmp_path.glob("mysql-left-*")
    assert (aside / "ibdata1").read_text() == "written by a cluster"
    assert not (tmp_path / "mysql").exists()
    assert step(tmp_path, "galera_leave.sh").returncode == 0
    assert list(tmp_path.glob("mysql-left-*")) == [aside]


def test_a_member_that_comes_again_begins_with_an_empty_database(tmp_path: Path) -> None:
    (tmp_path / "mysql-new").mkdir()  # of a step that was interrupted
    came = step(tmp_path, "galera_packages.sh")
    assert came.returncode == 0, came.stderr
    assert "made an empty database" in came.stderr
    assert (tmp_path / "mysql").is_dir()
    assert not (tmp_path / "mysql-new").exists()


def test_a_member_s_data_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mysql").mkdir()
    (tmp_path / "mysql/ibdata1").touch()
    assert "made" not in step(tmp_path, "galera_packages.sh").stderr
    assert (tmp_path / "mysql/ibdata1").exists()
