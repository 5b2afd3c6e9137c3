"""kine's compaction goes on with a MariaDB whose own default is the isolation that breaks it, as from 11.6.2 on."""

from collections.abc import Iterator
from functools import partial
from shutil import copy

import pytest

from lab.distribution.build import build_programs
from lab.hosts import delete_lab, list_hosts
from lab.lab import Lab
from lab.progress import Silence
from tests.components.datastore.galera.member_hosts import Members
from tests.waiting import until

pytestmark = pytest.mark.lab
HOST = "host-11"
DEFAULT = """mkdir -p /etc/mysql/mariadb.conf.d
printf '[mariadbd]\\ninnodb_snapshot_isolation = ON\\n' >/etc/mysql/mariadb.conf.d/55-as-of-11.6.2.cnf
"""
KINE = """
mariadb -e "CREATE DATABASE k3s; CREATE USER k3s@'%' IDENTIFIED BY 'secret'; GRANT ALL ON k3s.* TO k3s@'%'"
systemd-run -q --unit kine -E KINE_ENDPOINT='mysql://k3s:secret@tcp(10.0.0.11:3306)/k3s' /usr/local/bin/kine \
  --listen-address unix:///run/kine.sock --metrics-bind-address 0 --compact-interval 1s --compact-min-retain 100
"""
WRITER = r"""#!/bin/bash
# A key that is written over and over, as kine does it.
while :; do
  echo "INSERT INTO kine (name, created, deleted, create_revision, prev_revision, lease, value, old_value)
    SELECT '/key/$1', 0, 0, 1, COALESCE(MAX(id), 0), 0, 'new', 'old' FROM kine WHERE name = '/key/$1';
    DO SLEEP(0.002);"
done | mariadb --force k3s
"""


@pytest.fixture
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Members]:
    """One member, kine, and four who write all the time."""
    kine = build_programs(["kine"], Silence())["kine"]
    members = Members(Lab("t-compaction", tmp_path_factory.mktemp("lab")), (11,))
    try:
        members.create(DEFAULT)
        (pid,) = (host.pid for host in list_hosts(members.lab))
        copy(kine, f"/proc/{pid}/root/usr/local/bin/kine")
        members.on(HOST, KINE)
        until("kine's table", lambda: is_there(members))
        writer = f"cat >/usr/local/bin/writer <<'END'\n{WRITER}END\nchmod +x /usr/local/bin/writer\n"
        members.on(HOST, writer + "for n in 1 2 3 4; do systemd-run -q --unit writer-$n /usr/local/bin/writer $n; done")
        yield members
    finally:
        delete_lab(members.lab)


def is_there(members: Members) -> bool:
    query = "SELECT name FROM k3s.kine WHERE name = 'compact_rev_key'"
    return "compact_rev_key\n" in members.on(HOST, f'mariadb -Ne "{query}" 2>/dev/null || true')


def compacted(members: Members) -> int:
    """The revision up to which kine has compacted."""
    query = "SELECT MAX(prev_revision) FROM k3s.kine WHERE name = 'compact_rev_key'"
    return int(members.on(HOST, f'mariadb -Ne "{query}"'))


def has_compacted(members: Members, revision: int) -> bool:
    return compacted(members) > revision


def refusals(members: Members, since: int) -> list[str]:
    """What MariaDB told kine when it refused to compact, from a time on in seconds since 1970."""
    found = members.on(HOST, f"journalctl -q -u kine -o cat --since @{since} | grep 'Compact failed' || true")
    return [line for line in found.splitlines() if "Record has changed since last read" in line]


def test_compaction_goes_on_without_a_restart_of_the_database(members: Members) -> None:
    isolation = "mariadb -Ne 'SELECT @@GLOBAL.innodb_snapshot_isolation'"
    assert members.on(HOST, isolation).strip() == "0", "the settings do not win against the server's default"

    # a member of before
    members.on(
        HOST, "mariadb -e 'SET GLOBAL innodb_snapshot_isolation = ON'; systemctl restart kine"
    )  # its sessions have it on
    run = "systemctl show -p InvocationID --value mariadb kine"
    before = members.on(HOST, run)
    assert "switched innodb_snapshot_isolation off" in members.step(HOST, "member.sh")
    since = int(members.on(HOST, "date +%s"))
    assert "unchanged" in members.step(HOST, "member.sh")
    assert members.on(HOST, run) == before

    for _ in range(3):
        revision = compacted(members)
        until(f"a compaction beyond {revision}", partial(has_compacted, members, revision))
    assert refusals(members, since) == []
    assert members.on(HOST, f"systemctl restart mariadb; {isolation}").strip() == "0"
