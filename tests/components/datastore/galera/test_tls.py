"""Who has no certificate does not get into the group; and one that was set up without TLS gets it under a writer."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest

from components.datastore.galera.configuration import member_settings, membership
from lab.hosts import delete_lab
from lab.lab import Lab
from tests.components.datastore.galera.member_hosts import Members
from tests.components.datastore.galera.signing import Signing
from tests.waiting import until

pytestmark = pytest.mark.lab
FIRST, SECOND, ARBITRATOR, STRANGER = "host-11", "host-12", "host-13", "host-14"
WITHOUT_TLS = r"""
sed -i 's/socket\.ssl[a-z_]*=[^;"]*;//g' /etc/mysql/mariadb.conf.d/60-galera.cnf /etc/default/garb 2>/dev/null || true
rm -rf /etc/mysql/mariadb.conf.d/64-galera-transfer.cnf /etc/galera-tls
if [ -e /etc/systemd/system/garb.service.d ]; then
  sed -i '/^User=/d' /etc/systemd/system/garb.service.d/tailnet-k3s.conf
  systemctl daemon-reload
fi
"""
TABLE = """mariadb -e "CREATE DATABASE probe; CREATE TABLE probe.writes (id INT PRIMARY KEY);
CREATE USER probe@'%' IDENTIFIED BY 'secret'; GRANT ALL ON probe.* TO probe@'%'"
"""
WRITES = """#!/bin/bash
# Writes numbers to the first member that is fit, as HAProxy chooses it, and notes which were answered, and when.
for ((number = 1; ; number++)); do
  for address in 10.0.0.11 10.0.0.12; do
    curl -fsS -o /dev/null -m 1 "http://$address:9200/" 2>/dev/null || continue
    timeout 5 mariadb --no-defaults -h "$address" -u probe -psecret --connect-timeout=2 \
      -e "INSERT INTO probe.writes VALUES ($number)" && echo "$number $(date +%s.%N)" >>/run/written
    break
  done
  sleep 0.05
done
"""
LONGEST_SECONDS = 15


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Members]:
    """A new group of two members and an arbitrator, and a host beside it."""
    members = Members(Lab("t-galera-tls", tmp_path_factory.mktemp("lab")), (11, 12), arbitrator=13, strangers=(14,))
    try:
        members.create_hosts()
        members.on(STRANGER, "apt-get -q update && apt-get -q -y install galera-arbitrator-4", 300)
        members.set_up()
        yield members
    finally:
        delete_lab(members.lab)


def provider(members: Members, name: str) -> str:
    return members.on(name, "mariadb -Ne 'SELECT @@wsrep_provider_options'")


def group(members: Members, name: str) -> tuple[str, int]:
    """The member's state, and how many voters it sees."""
    words = members.on(
        name,
        """mariadb -Ne "SHOW GLOBAL STATUS WHERE Variable_name IN
        ('wsrep_local_state_comment', 'wsrep_cluster_size')" 2>/dev/null || true""",
    ).split()
    found = dict(zip(words[::2], words[1::2], strict=True))
    return found.get("wsrep_local_state_comment", "no answer"), int(found.get("wsrep_cluster_size", 0))


def is_synced(members: Members, name: str) -> bool:
    return group(members, name)[0] == "Synced"


def runs(members: Members) -> list[str]:
    """Which runs of its service each voter is in."""
    show = "systemctl show -p InvocationID --value mariadb garb 2>/dev/null"
    return [members.on(name, show) for name in members.voters]


def strange_arbitrator(members: Members, options: str = "") -> str:
    """What an arbitrator says that nobody asked to join."""
    return members.on(
        STRANGER,
        f"timeout 15 garbd --address gcomm://10.0.0.11:4567,10.0.0.12:4567 --group tailnet-k3s --name intruder"
        f" --options '{options}' 2>&1 || true",
    )


def refuse_strangers(members: Members, authority: Signing | None = None) -> None:
    """An arbitrator without a certificate, and one with a certificate of another authority."""
    own = (authority or Signing()).values("intruder", "10.0.0.14")
    for name, text in own.items():
        members.on(STRANGER, f"umask 022; cat >/root/{name} <<'END'\n{text}\nEND")
    with_own = "socket.ssl_ca=/root/AUTHORITY;socket.ssl_cert=/root/CERTIFICATE;socket.ssl_key=/root/KEY"
    for options in ("", "socket.ssl=yes;" + with_own, "socket.dynamic=yes;" + with_own):
        said = strange_arbitrator(members, options)
        assert "-> SYNCED" not in said, said
        assert "-> CONNECTED" not in said, said
    for name in members.addresses:
        assert group(members, name) == ("Synced", 3)


def test_a_new_group_has_tls_only_from_its_beginning(members: Members) -> None:
    before = runs(members)
    for name in members.addresses:
        assert "socket.dynamic" not in provider(members, name)
        assert "socket.ssl = YES" in provider(members, name)
    assert members.on(ARBITRATOR, "ps -o user:32= -C garbd").strip() == "galera-arbitrator"
    members.set_up()
    assert runs(members) == before, "a second run restarted something"
    refuse_strangers(members)


def test_a_member_without_a_certificate_gets_no_copy(members: Members) -> None:
    joined = replace(members, numbers=(11, 12, 14))
    joined.step(STRANGER, "packages.sh")
    plain = re.sub(r"socket\.ssl[a-z_]*=[^;]*;", "", member_settings(STRANGER, 2, "10.0.0.14"))
    for path, text in (
        ("/etc/mysql/mariadb.conf.d/60-galera.cnf", plain),
        ("/etc/mysql/mariadb.conf.d/61-galera-members.cnf", membership(STRANGER, joined.addresses, None)),
        ("/etc/default/galera-member", "MEMBER=host-14\nMEMBERS=host-11=10.0.0.11,host-12=10.0.0.12,host-14=10.0.0.14"),
    ):
        members.on(STRANGER, f"cat >{path} <<'END'\n{text}\nEND")
    members.on(STRANGER, "systemctl start --no-block mariadb; sleep 40")
    assert group(members, STRANGER)[0] != "Synced"
    assert group(members, FIRST) == group(members, SECOND) == ("Synced", 3)
    log = members.on(STRANGER, "journalctl -q -u mariadb -o cat")
    assert "wsrep_sst" not in log, "it got as far as to ask for a copy"
    joined.step(STRANGER, "leave.sh")


def make_plain(members: Members) -> None:
    """As an older version of the program has left it: nobody has certificates."""
    for name, unit in ((ARBITRATOR, "garb"), (SECOND, "mariadb"), (FIRST, "mariadb")):
        members.on(name, f"systemctl stop {unit}\n{WITHOUT_TLS}")
    for name in (FIRST, SECOND):
        members.on(name, "systemctl start --no-block mariadb")
    for name in (FIRST, SECOND):
        until(f"{name} is Synced", partial(is_synced, members, name))
    members.on(ARBITRATOR, "systemctl start garb")
    until("three voters", lambda: group(members, FIRST) == ("Synced", 3))
    assert "socket.ssl_key" not in provider(members, FIRST)


def written(members: Members) -> dict[int, float]:
    """When each number was answered, in seconds since 1970."""
    lines = members.on(SECOND, "cat /run/written 2>/dev/null || true").splitlines()
    return {int(number): float(when) for number, when in (line.split() for line in lines)}


def test_a_group_without_tls_gets_it_one_voter_at_a_time_and_loses_no_write(members: Members) -> None:
    make_plain(members)
    assert "-> SYNCED" in strange_arbitrator(members), "the intruder can't get in anywhere: the test shows nothing"
    members.on(FIRST, TABLE)
    writes = f"cat >/usr/local/bin/writes <<'END'\n{WRITES}END\nchmod +x /usr/local/bin/writes\n"
    members.on(SECOND, writes + "systemd-run -q --unit writes /usr/local/bin/writes")
    until("a write", lambda: bool(written(members)))

    # An `up` that finds the others off, or ends here: nobody is shut out.
    for name in members.addresses:
        members.step(name, "packages.sh")
    members.step(FIRST, "member.sh")
    assert "until 10.0.0.12, 10.0.0.13 take" in members.step(FIRST, "transfer.sh")
    assert "are still let in, until 10.0.0.12, 10.0.0.13" in members.step(FIRST, "only_tls.sh")
    assert group(members, FIRST) == group(members, SECOND) == ("Synced", 3)
    assert "unchanged" in members.step(FIRST, "member.sh")

    members.set_up()
    for name in members.addresses:
        assert "socket.dynamic" not in provider(members, name)
    refuse_strangers(members)
    time.sleep(2)
    members.on(SECOND, "systemctl stop writes")
    answered = written(members)
    for name in members.addresses:
        there = {int(line) for line in members.on(name, "mariadb -Ne 'SELECT id FROM probe.writes'").split()}
        assert set(answered) <= there, f"{name} lost writes"
    times = sorted(answered.values())
    longest = max(later - earlier for earlier, later in pairwise(times))
    print(f"{len(answered)} writes, none lost; the longest time without one: {longest:.1f} s")
    assert longest < LONGEST_SECONDS
    before = runs(members)
    members.set_up()
    assert runs(members) == before, "a second run restarted something"


def test_a_new_member_gets_its_copy_encrypted(members: Members) -> None:
    joined = replace(members, numbers=(11, 12, 14))
    joined.step(STRANGER, "packages.sh")
    joined.step(STRANGER, "member.sh")
    assert group(members, STRANGER) == ("Synced", 4)
    log = members.on(STRANGER, "journalctl -q -u mariadb -o cat")
    assert "Using openssl based encryption with socat: with key and crt" in log
    assert "socket.dynamic" not in provider(members, STRANGER)
    assert members.on(STRANGER, "systemctl show -p NRestarts --value mariadb").strip() == "0"
    joined.step(STRANGER, "leave.sh")
    until("three voters", lambda: group(members, FIRST) == ("Synced", 3))


def test_certificates_and_their_authority_are_renewed_without_a_restart_of_a_member(members: Members) -> None:
    renewed = replace(members, signing=Signing(members.signing.key))
    assert renewed.signing.authority != members.signing.authority
    before = runs(members)[:2]
    assert "took over a renewed certificate" in renewed.step(FIRST, "member.sh")
    assert "unchanged" in renewed.step(FIRST, "member.sh")
    # A voter with the old ones still gets in, and the other way round.
    members.on(SECOND, "systemctl restart mariadb")
    until("the second is back", lambda: group(members, SECOND) == ("Synced", 3))
    assert "restarted garb.service" in renewed.step(ARBITRATOR, "arbitrator.sh")
    assert group(members, FIRST) == ("Synced", 3)
    assert runs(members)[0] == before[0]
    refuse_strangers(members)


def test_another_authority_takes_over_and_the_earlier_one_is_refused(members: Members) -> None:
    """As after `pulumi up --replace` of its key. Voters keep the connections that they have."""
    later = replace(members, signing=Signing())
    before = runs(members)[:2]
    for name in members.addresses:
        assert "took over a renewed certificate" in later.step(name, "member.sh")
    later.step(ARBITRATOR, "arbitrator.sh")
    for name in members.addresses:
        assert group(members, name) == ("Synced", 3)
    assert runs(members)[:2] == before
    refuse_strangers(members, members.signing)
    for name in members.addresses:
        members.on(name, "systemctl restart mariadb")
        until(f"{name} is back", partial(is_synced, members, name))
