"""Three members of etcd on hosts, with real age, and a real store elsewhere: backups under writes, and restores."""

import base64
import json
import shlex
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from components.backup.host.k3s_data import bootstrap_key, seal, unseal
from components.datastore.etcd.configuration import TLS
from components.datastore.etcd.etcd import in_one_line
from components.datastore.etcd.kind import SNAPSHOTS
from lab.internet.age_key import new_age_key
from lab.internet.service import stop_services
from lab.internet.store import BUCKET
from tests.components.backup.site import OTHER_TOKEN, TOKEN, Site, store_for
from tests.components.datastore.etcd.member_hosts import Members, etcd_lab

pytestmark = pytest.mark.lab
FIRST, SECOND, THIRD = "host-11", "host-12", "host-13"
DATA = "/var/lib/etcd/tailnet-k3s"
NODE = "/registry/minions/home-1"
GONE = ("/registry/secrets/kube-system/home-1.node-password.k3s", "/registry/leases/kube-node-lease/home-1")
LEAST = 1_000_000
Keys = dict[str, bytes]


@dataclass
class EtcdSite(Site):
    """The members, and what they hold."""

    hosts: Members

    def write(self, pairs: Mapping[str, bytes]) -> None:
        """In one go, on the first member."""
        lines = [f"{encoded(key.encode())} {encoded(value)}" for key, value in pairs.items()]
        script = 'while read -r key value; do base64 -d <<<"$value" | put "$(base64 -d <<<"$key")" >/dev/null; done'
        self.hosts.on(FIRST, f"{PUT}\n{script} <<'END'\n" + "\n".join(lines) + "\nEND")

    def keys_on(self, host: str) -> tuple[int, Keys]:
        """The revision, and all keys with their values, as one member has them."""
        found = json.loads(self.hosts.ctl(host, 'get "" --prefix -w json'))
        pairs = {base64.b64decode(one["key"]).decode(): base64.b64decode(one["value"]) for one in found.get("kvs", [])}
        return int(found["header"]["revision"]), pairs

    def set_to_the_slots_beginning(self, host: str) -> None:
        """There, half an hour never ends."""
        program = "/usr/local/lib/tailnet-k3s-backup.py"
        self.hosts.on(host, f"sed -i 's/^LEADER_WAITS_SECONDS = .*/LEADER_WAITS_SECONDS = 86400/' {program}")

    def remove_data(self, *hosts: str) -> None:
        """As on new machines, on which etcd was installed and never started."""
        for host in hosts:
            self.hosts.on(host, f"systemctl stop etcd; rm -rf {DATA} /etc/etcd /run/etcd-member")


FILES = f"--cacert {TLS}/authority.crt --cert {TLS}/server.pem --key {TLS}/server.pem"
PUT = f'put() {{ etcdctl --endpoints https://127.0.0.1:2379 {FILES} put "$@"; }}'


def encoded(text: bytes) -> str:
    return base64.b64encode(text).decode()


def new_etcd_site(members: Members) -> EtcdSite:
    """These members and a store."""
    known = {"member": FIRST, "address": members.addresses[FIRST], "members": in_one_line(members.addresses)}
    return EtcdSite(members, store_for(members), "etcd", SNAPSHOTS, known)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EtcdSite]:
    """Three members with what a cluster leaves in them, and a store."""
    with etcd_lab("t-etcd-back", tmp_path_factory.mktemp("lab"), 11, 12, 13) as members:
        try:
            found = new_etcd_site(members)
            found.write(
                {
                    bootstrap_key(TOKEN): seal(b"the authorities' keys", TOKEN),
                    NODE: b"\x00\xfftailnet-k3s/device\nx",
                    **dict.fromkeys(GONE, b"of an old machine"),
                    **{f"/registry/configmaps/default/c{number}": bytes([number, 0, 255]) for number in range(40)},
                }
            )
            yield found
        finally:
            stop_services(members.lab)


@dataclass(frozen=True)
class BackedUp:
    """The newest backup, who made it, and what was in the datastore before and after that."""

    made: dict[str, Any]
    leader: str
    before: Keys
    answered: list[int]
    """Numbers of the keys that were written while it was made, in their order."""


@pytest.fixture(scope="module")
def backed_up(site: EtcdSite) -> BackedUp:
    """Made by a member that does not lead, while somebody writes through the leader."""
    leader = site.hosts.leader()
    for host in (FIRST, SECOND, THIRD):
        said = site.set_up(host)
        assert "started tailnet-k3s-backup.timer" in said, said
    assert site.set_up(FIRST).strip().endswith("unchanged")
    site.set_to_the_slots_beginning(leader)
    noted = site.back_up(leader)
    assert (noted["error"], noted["last"]) == (None, None), noted
    assert "to another member: this one is the leader" in site.hosts.on(leader, "journalctl -q -o cat")
    follower = next(host for host in site.hosts.addresses if host != leader)
    site.hosts.on(leader, "rm -f /root/enough /root/answered")
    one = "[ ! -e /root/enough ] || exit 0; put /written/$i x && echo $i >>/root/answered"
    loop = f"{PUT}\nfor i in {{1..5000}}; do {one}; done"
    writer = threading.Thread(target=site.hosts.on, args=(leader, loop), kwargs={"seconds": 300})
    writer.start()
    try:
        time.sleep(1)
        before = site.keys_on(follower)[1]
        noted = site.back_up(follower)
    finally:
        site.hosts.on(leader, "touch /root/enough")
        writer.join()
    assert noted["error"] is None, noted
    answered = [int(line) for line in site.hosts.on(leader, "cat /root/answered").split()]
    return BackedUp(noted["last"], leader, before, answered)


def test_a_follower_backs_up_and_the_others_leave_it(site: EtcdSite, backed_up: BackedUp) -> None:
    made = backed_up.made
    assert made["host"] != backed_up.leader
    assert (made["kind"], made["k3s"]) == ("etcd", "v1.36.3+k3s1")
    assert made["rows"] >= len(backed_up.before) > 44
    for host in site.hosts.addresses:
        assert site.back_up(host)["last"] == made
    names = [json.loads(line)["key"] for line in site.store.ask("ls", f"store/{BUCKET}/mine/").splitlines()]
    assert names == [f"{made['name']}.age", f"{made['name']}.json"]


def test_no_host_can_read_the_token_and_no_copy_of_the_data_stays(site: EtcdSite, backed_up: BackedUp) -> None:
    for host in site.hosts.addresses:
        assert not site.hosts.on(host, f"grep -rl {TOKEN} /etc /var/lib/tailnet-k3s /var/cache /usr/local /run || true")
        assert site.hosts.on(host, "ls /var/cache/tailnet-k3s-backup") == ""


def test_members_with_data_are_left(site: EtcdSite, backed_up: BackedUp) -> None:
    before = {host: site.keys_on(host) for host in site.hosts.addresses}
    assert f"has data in it (etcd's data on {FIRST})" in site.restore()
    assert {host: site.keys_on(host) for host in site.hosts.addresses} == before


@pytest.fixture(scope="module")
def emptied(site: EtcdSite, backed_up: BackedUp) -> EtcdSite:
    """New members, as far as their data tell. The first one was new before the others."""
    site.remove_data(FIRST)
    assert f"has data in it (etcd's data on {SECOND})" in site.restore()
    site.remove_data(SECOND, THIRD)
    return site


REFUSED = {
    "data = data[:-1] + b'?'": "is damaged: ",
    "data = data[:-30]; known.update(size=len(data), sha256=hashlib.sha256(data).hexdigest())": "the backup is damaged",
    "known.update(token='0' * 16)": "has the token of another cluster than its manifest",
    "known.update(kind='galera')": "is of a datastore of the kind galera, not etcd",
    "known.update(revision=10**9)": "and the backup had 1000000000",
}


@pytest.mark.parametrize("changes", REFUSED)
def test_a_bad_backup_is_refused_and_nothing_touched(emptied: EtcdSite, changes: str) -> None:
    said = emptied.restore(emptied.spoil(changes))
    assert REFUSED[changes] in said, said
    assert_untouched(emptied)


def test_a_wrong_key_opens_nothing(emptied: EtcdSite) -> None:
    said = emptied.restore(identity=new_age_key()[0])
    assert "restore.identity does not open this backup: it was encrypted to another key" in said, said
    assert_untouched(emptied)


def assert_untouched(site: EtcdSite) -> None:
    assert site.hosts.on(FIRST, "ls /var/lib/etcd; ls /var/cache | grep restore || true") == ""


def test_a_restore_that_is_killed_leaves_nothing_that_counts(emptied: EtcdSite) -> None:
    kill = (
        "for _ in {1..3000}; do etcd=$(pgrep -x etcd) && break; sleep 0.01; done;"
        ' parent=$(ps -o ppid= -p "$etcd"); kill -9 $parent; sleep 0.5; ! pgrep -x etcd'
    )
    killer = threading.Thread(target=emptied.hosts.on, args=(FIRST, kill))
    killer.start()
    said = emptied.restore()
    killer.join()
    assert "restored " not in said, said
    assert emptied.hosts.on(FIRST, f"! pgrep -x etcd; ls -d {DATA} 2>/dev/null || echo none") == "none\n"


def test_a_restore_gives_the_first_member_its_data_once(emptied: EtcdSite, backed_up: BackedUp) -> None:
    said = emptied.restore()
    assert f"restored {backed_up.made['name']}: {backed_up.made['rows']} rows" in said, said
    assert emptied.hosts.on(FIRST, "ls /var/lib/etcd") == "tailnet-k3s\n"
    assert emptied.hosts.on(FIRST, "find /var/lib/etcd ! -user etcd") == ""
    assert emptied.restore().strip().endswith("unchanged"), "also before the first start"
    assert "has data in it (what was restored from" in emptied.restore(emptied.spoil(""))


@pytest.fixture(scope="module")
def restored(emptied: EtcdSite, backed_up: BackedUp) -> dict[str, tuple[int, Keys]]:
    """What each member of the new cluster has, by its name."""
    for host in emptied.hosts.addresses:
        emptied.hosts.join(host)
    return {host: emptied.keys_on(host) for host in emptied.hosts.addresses}


def test_all_hosts_are_members_of_a_new_cluster(site: EtcdSite, restored: dict[str, tuple[int, Keys]]) -> None:
    assert site.hosts.listed(FIRST) == dict.fromkeys((FIRST, SECOND, THIRD), "started, votes")
    assert restored[FIRST] == restored[SECOND] == restored[THIRD]
    hashes = json.loads(site.hosts.ctl(FIRST, "endpoint hashkv --cluster -w json"))
    assert len({one["HashKV"]["hash"] for one in hashes}) == 1
    assert site.hosts.join(FIRST).strip().endswith("unchanged")


def test_every_key_is_there_and_those_of_old_machines_are_not(
    backed_up: BackedUp, restored: dict[str, tuple[int, Keys]]
) -> None:
    found, wanted = dict(restored[FIRST][1]), dict(backed_up.before)
    del wanted[bootstrap_key(TOKEN)]
    assert unseal(found.pop(bootstrap_key(OTHER_TOKEN)), OTHER_TOKEN) == b"the authorities' keys"
    wanted[NODE] = b"\x00\xfftailnet-k3s/before\nx"
    for key in GONE:
        del wanted[key]
    later = {key for key in found if key not in wanted}
    assert {key: found[key] for key in wanted} == wanted
    # What was written while the snapshot was made is there up to one moment.
    written = [number for number in backed_up.answered if f"/written/{number}" in found]
    assert written == backed_up.answered[: len(written)]
    assert later <= {f"/written/{number}" for number in range(5001)}


def test_revisions_go_up_and_old_ones_are_gone(
    site: EtcdSite, backed_up: BackedUp, restored: dict[str, tuple[int, Keys]]
) -> None:
    revision = backed_up.made["revision"]
    assert restored[FIRST][0] > revision + LEAST
    said = site.hosts.fails(SECOND, f"etcdctl --endpoints https://127.0.0.1:2379 {FILES} get {NODE} --rev {revision}")
    assert "required revision has been compacted" in said
    watch = f"timeout 5 etcdctl --endpoints https://127.0.0.1:2379 {FILES} watch --rev {revision} {shlex.quote(NODE)}"
    assert "compacted" in site.hosts.on(SECOND, f"{watch} 2>&1 || true")
    assert site.hosts.ctl(THIRD, "put /new x").strip() == "OK"
    assert site.keys_on(SECOND)[0] == restored[FIRST][0] + 1


def test_a_leader_that_is_alone_backs_up_at_once(site: EtcdSite, restored: dict[str, tuple[int, Keys]]) -> None:
    for host in (SECOND, THIRD):
        site.hosts.step(host, "etcdctl.sh", "leave.sh")
    site.set_up(FIRST, prefix="alone")
    site.set_to_the_slots_beginning(FIRST)
    noted = site.back_up(FIRST)
    assert noted["error"] is None, noted
    assert (noted["last"]["host"], noted["last"]["revision"]) == (FIRST, restored[FIRST][0] + 1)
