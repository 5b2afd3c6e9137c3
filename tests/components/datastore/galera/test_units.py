"""A member on a real host, with each way in which distributions' mariadb.service has been told to start a cluster.

Read in: Debian 12's 10.11.19 and Debian 13's 11.8.9 (file); Ubuntu 22.04's 10.6 and 24.04's 10.11.13 (manager);
MariaDB 11.8 before that file was moved, which Ubuntu 26.04 may have (folder).
"""

import re
from collections.abc import Iterator

import pytest

from lab.distribution.ubuntu import GALERA_NEW_CLUSTER, unit_of_ubuntu
from lab.hosts import delete_lab, run_in_host
from lab.lab import Lab
from tests.components.datastore.galera.member_hosts import Members

pytestmark = pytest.mark.lab
HOST = "host-11"
FILE = "/run/mariadb-wsrep-new-cluster"
ELSEWHERE = "/run/mysqld/wsrep-new-cluster"
SIZE = "mariadb -Ne \"SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_cluster_status')\""
LOST_POWER = """systemctl kill -s KILL mariadb || true; systemctl stop mariadb; rm -f /var/lib/mysql/gvwstate.dat
sed -i 's/^safe_to_bootstrap.*/safe_to_bootstrap: 0/' /var/lib/mysql/grastate.dat
"""
BY_HAND = "systemctl stop mariadb && galera_new_cluster"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One host that is the only member of its cluster."""
    members = Members(Lab("t-units", tmp_path_factory.mktemp("lab")), (11,))
    try:
        members.create()
        yield members.lab
    finally:
        delete_lab(members.lab)


@pytest.mark.parametrize("way", ["file", "manager", "folder"])
def test_a_member_starts_the_cluster_by_itself_and_by_hand(lab: Lab, way: str) -> None:
    def on_host(script: str) -> str:
        return run_in_host(lab, HOST, ["bash", "-ec", script], seconds=120)

    unit, command = on_host("cat /lib/systemd/system/mariadb.service"), on_host("cat /usr/bin/galera_new_cluster")
    if way == "manager":
        unit, command = unit_of_ubuntu(unit), GALERA_NEW_CLUSTER
    elif way == "folder":  # as it was when mysqld's own folder had the file
        unit, command = unit.replace(FILE, ELSEWHERE), command.replace(FILE, ELSEWHERE)
    put = 'cat >"$1" && chmod 755 "$1"'
    changed = {"/etc/systemd/system/mariadb.service": unit, "/usr/local/bin/galera_new_cluster": command}
    for path, text in changed.items():
        run_in_host(lab, HOST, ["bash", "-c", put, "put", path], stdin=text)
    on_host("systemctl daemon-reload")
    for how in ("systemctl start mariadb", BY_HAND):
        on_host(LOST_POWER)
        assert "safe_to_bootstrap: 0" in on_host("cat /var/lib/mysql/grastate.dat")
        on_host(how)
        assert re.findall(r"wsrep_cluster_\w+\t(\w+)", on_host(SIZE)) == ["1", "Primary"], how
    assert on_host("systemctl stop mariadb; ls /run/galera-member").split() == ["position"]
    assert "NEW_CLUSTER" not in on_host("systemctl show-environment")
