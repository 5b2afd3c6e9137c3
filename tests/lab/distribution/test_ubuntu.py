"""MariaDB's package as Ubuntu 24.04 has it: a cluster is started by the manager's environment, not by a file."""

import subprocess
from pathlib import Path

import pytest

from lab.distribution.ubuntu import GALERA_NEW_CLUSTER, add_ubuntu, unit_of_ubuntu

CONTROL = """Package: mariadb-server
Version: 1
Architecture: all
Maintainer: nobody
Description: x
"""
DEBIAN = """[Service]
User=mysql
EnvironmentFile=-/run/mariadb-wsrep-new-cluster
ExecStart=/bin/sh -c "set -f; \\
 VAR=`/usr/bin/galera_recovery`; \\
 exec /usr/sbin/mariadbd $MYSQLD_OPTS $_WSREP_NEW_CLUSTER $VAR"
ExecStartPost=!/etc/mysql/debian-start
"""


def test_the_unit_takes_what_it_is_told_from_the_manager() -> None:
    unit = unit_of_ubuntu(DEBIAN)
    assert "EnvironmentFile" not in unit
    starts = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    assert starts == ["ExecStart=/usr/sbin/mariadbd $MYSQLD_OPTS $_WSREP_NEW_CLUSTER $_WSREP_START_POSITION"]
    assert unit.startswith("[Service]\nUser=mysql\nPermissionsStartOnly=true\n")
    assert unit.endswith("ExecStartPost=!/etc/mysql/debian-start\n")


def test_a_unit_of_another_kind_is_told() -> None:
    with pytest.raises(ValueError, match="starts clusters in a way that is not known: 0 files, 1 starts"):
        unit_of_ubuntu("[Service]\nExecStart=/usr/sbin/mariadbd\n")


def test_only_that_package_is_another_one(tmp_path: Path) -> None:
    made = tmp_path / "made"
    for path, text in {
        "DEBIAN/control": CONTROL,
        "lib/systemd/system/mariadb.service": DEBIAN,
        "usr/bin/galera_new_cluster": "#!/bin/sh\n",
    }.items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_text(text)
    debs = tmp_path / "folder/debs"
    debs.mkdir(parents=True)
    package = debs / "mariadb-server_1_all.deb"
    subprocess.run(["dpkg-deb", "-b", str(made), str(package)], check=True, capture_output=True)
    (debs / "haproxy_1_all.deb").write_text("haproxy")
    before = package.read_bytes()
    ubuntu = add_ubuntu(debs.parent)
    assert (ubuntu / "debs/haproxy_1_all.deb").samefile(debs / "haproxy_1_all.deb")
    assert package.read_bytes() == before
    command = ["dpkg-deb", "-x", str(ubuntu / "debs" / package.name), str(tmp_path / "unpacked")]
    subprocess.run(command, check=True)
    assert (tmp_path / "unpacked/usr/bin/galera_new_cluster").read_text() == GALERA_NEW_CLUSTER
    assert (tmp_path / "unpacked/lib/systemd/system/mariadb.service").read_text() == unit_of_ubuntu(DEBIAN)
