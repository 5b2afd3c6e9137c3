"""The writer's disk gets full, then freezes: it leaves the cluster, writes go on, and it comes back."""

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from lab.hosts import AttachedVolume, create_volume, delete_lab
from lab.lab import Lab
from tests.components.datastore.galera.member_hosts import Members
from tests.waiting import until

pytestmark = pytest.mark.lab
WRITER, OTHER = "host-11", "host-12"
VOLUME = AttachedVolume("data", ("/dev/sdb",))
MOUNT = """
[ -e /dev/sdb ] || exit 0
mkfs.ext4 -q "$(readlink -f /dev/sdb)"
mkdir -p /var/lib/mysql
mount /dev/sdb /var/lib/mysql
"""
TABLE = """mariadb -e "CREATE DATABASE probe; CREATE TABLE probe.writes (id INT AUTO_INCREMENT PRIMARY KEY, text BLOB)
ENGINE=InnoDB; CREATE USER probe@'%' IDENTIFIED BY 'secret'; GRANT ALL ON probe.* TO probe@'%'"
"""
WRITES = """#!/bin/bash
# Writes to the first member that is fit, as HAProxy chooses it, and notes the time of each answer.
while :; do
  for address in 10.0.0.11 10.0.0.12 10.0.0.13; do
    curl -fsS -o /dev/null -m 1 "http://$address:9200/" 2>/dev/null || continue
    timeout 5 mariadb --no-defaults -h "$address" -u probe -psecret --connect-timeout=2 \
      -e "INSERT INTO probe.writes (text) VALUES (REPEAT('x', 4000))" && date +%s.%N >>/run/written
    break
  done
  sleep 0.2
done
"""
LONGEST_SECONDS = 45
RETURN_SECONDS = 240
"""Of a member: it ends, starts, and gets what it missed."""


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Members]:
    """Three members, of which the writer has a disk of its own; and somebody who writes all the time."""
    lab = Lab("t-bad-disk", tmp_path_factory.mktemp("lab"))
    members = Members(lab, (11, 12, 13), {11: VOLUME})
    try:
        create_volume(lab, VOLUME.id, 2 * 1024**3)
        members.create(MOUNT)
        members.on(WRITER, TABLE)
        members.on(
            OTHER,
            f"cat >/usr/local/bin/writes <<'END'\n{WRITES}END\nchmod +x /usr/local/bin/writes\n"
            "systemd-run -q --unit writes /usr/local/bin/writes",
        )
        until("a write", lambda: written(members))
        yield members
    finally:
        delete_lab(lab)


def written(members: Members) -> list[float]:
    """When a write was answered, in seconds since 1970."""
    return [float(line) for line in members.on(OTHER, "cat /run/written 2>/dev/null || true").split()]


def is_fit(members: Members, name: str) -> bool:
    found = members.on(OTHER, f"curl -fsS -m 2 http://{members.addresses[name]}:9200/ 2>/dev/null || true")
    return "running" in found


def says(members: Members, unit: str, words: str) -> bool:
    return words in members.on(WRITER, f"journalctl -q -u {unit} -o cat -n 20")


def writes_go_on(members: Members, since: float) -> None:
    """Without the writer. Its absence may have been noticed late, but not for long."""
    until("the writer to be out of service", lambda: not is_fit(members, WRITER))
    left = time.time()
    until("writes without it", lambda: [when for when in written(members) if when > left + 3])
    times = [since, *(when for when in written(members) if when > since)]
    gap = max(later - earlier for earlier, later in pairwise(times))
    assert gap < LONGEST_SECONDS, f"no write for {gap:.1f} s"


def all_have_all(members: Members) -> None:
    """Every member has each write that was answered."""
    until("the writer to be back", lambda: is_fit(members, WRITER), RETURN_SECONDS)
    answered = len(written(members))
    for name in members.addresses:
        assert int(members.on(name, "mariadb -Ne 'SELECT COUNT(*) FROM probe.writes'")) >= answered


def test_one_whose_disk_is_full_leaves_and_comes_back_when_there_is_room(members: Members) -> None:
    since = time.time()
    members.on(WRITER, "setpriv --reuid mysql --clear-groups dd if=/dev/zero of=/var/lib/mysql/rest bs=1M 2>&1 || true")
    until("its word", lambda: says(members, "galera-watch", "the disk of /var/lib/mysql is full"))
    writes_go_on(members, since)
    until("what to do", lambda: says(members, "mariadb", "make room there"))
    members.on(WRITER, "rm /var/lib/mysql/rest")
    all_have_all(members)


def test_one_whose_disk_is_frozen_is_ended_and_comes_back(members: Members) -> None:
    since = time.time()
    # nothing may stay frozen, whatever happens to this test
    members.on(WRITER, "systemd-run -q --on-active=100 --timer-property=AccuracySec=1 fsfreeze -u /var/lib/mysql")
    members.on(WRITER, "fsfreeze -f /var/lib/mysql")
    try:
        until("its word", lambda: says(members, "galera-watch", "the disk of /var/lib/mysql takes no writes"))
        writes_go_on(members, since)
    finally:
        members.on(WRITER, "fsfreeze -u /var/lib/mysql 2>/dev/null || true")
    all_have_all(members)
