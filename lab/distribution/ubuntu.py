"""The Ubuntu part of the lab's mirror: Debian's packages, but MariaDB's starts a cluster as Ubuntu's does."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

SOURCE = Path(__file__)
UNIT = "mariadb.service"
# From Ubuntu 24.04's 10.11.13 and 10.11.14: systemd's manager environment has the options for mariadbd.
EXEC_START = """PermissionsStartOnly=true
ExecStartPre=/bin/sh -c "systemctl unset-environment _WSREP_START_POSITION"
ExecStartPre=/bin/sh -c "[ ! -e /usr/bin/galera_recovery ] && VAR= || VAR=`/usr/bin/galera_recovery`; \\
 [ $? -eq 0 ] && systemctl set-environment _WSREP_START_POSITION=$VAR || exit 1"
ExecStart=/usr/sbin/mariadbd $MYSQLD_OPTS $_WSREP_NEW_CLUSTER $_WSREP_START_POSITION
ExecStartPost=/bin/sh -c "systemctl unset-environment _WSREP_START_POSITION"
"""
GALERA_NEW_CLUSTER = """#!/bin/sh
systemctl set-environment _WSREP_NEW_CLUSTER='--wsrep-new-cluster' && systemctl start ${1:-mariadb}
code=$?
systemctl unset-environment _WSREP_NEW_CLUSTER
exit $code
"""


def unit_of_ubuntu(unit: str) -> str:
    """Debian 12's mariadb.service with lines from Ubuntu 24.04's. Raises ValueError for an unknown unit."""
    without_file, files = re.subn(r"(?m)^EnvironmentFile=.*wsrep-new-cluster\n", "", unit)
    changed, starts = re.subn(r"(?m)^ExecStart=(.*\\\n)*.*\n", lambda _: EXEC_START, without_file)
    if (files, starts) != (1, 1):
        raise ValueError(f"{UNIT} starts clusters in a way that is not known: {files} files, {starts} starts")
    return changed


def add_ubuntu(folder: Path) -> Path:
    """Create the folder `ubuntu` beside `debs`. It needs an index of its own. Returns the folder.

    Raises ValueError if MariaDB's unit is not as expected.
    """
    target = folder / "ubuntu"
    shutil.copytree(folder / "debs", target / "debs", copy_function=os.link)
    package = next(target.glob("debs/mariadb-server_*.deb"), None)
    if package is None:
        return target
    with TemporaryDirectory(dir=folder) as unpacked:
        subprocess.run(["dpkg-deb", "--raw-extract", str(package), unpacked], check=True)
        unit = next(Path(unpacked).glob(f"**/system/{UNIT}"))
        unit.write_text(unit_of_ubuntu(unit.read_text()))
        (Path(unpacked) / "usr/bin/galera_new_cluster").write_text(GALERA_NEW_CLUSTER)
        package.unlink()
        subprocess.run(["dpkg-deb", "-Znone", "--build", unpacked, str(package)], check=True, stdout=subprocess.DEVNULL)
    return target
