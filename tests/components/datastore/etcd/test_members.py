"""etcd on real hosts: who gets in, how members come and go, and what happens to answered writes."""

import re
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from components.datastore.etcd.configuration import TLS
from lab.hosts import HostError, cut_power, delete_host, start_host
from tests.components.datastore.etcd.member_hosts import Members, etcd_lab
from tests.components.datastore.etcd.pki import Signed, TestAuthority
from tests.lab.hosts.real_lab import wait_until_up
from tests.stack import ROOT

pytestmark = pytest.mark.lab
DOCUMENT = ROOT / "docs" / "when-a-machine-dies.md"
VOTES = "started, votes"
KILLS = 5
PAUSE_SECONDS = 20
"""An election takes two seconds with these settings. This computer may be busy with other tests."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Members]:
    with etcd_lab("t-etcd", tmp_path_factory.mktemp("lab"), 11, 12, 13) as members:
        yield members


def with_identity(members: Members, identity: Signed) -> str:
    """Curl's options for a client that shows itself so. Writes its files to host-12."""
    for name, text in (("certificate", identity.certificate), ("key", identity.key)):
        members.on("host-12", f"cat >/root/{name} <<'END'\n{text}\nEND")
    return "--cert /root/certificate --key /root/key"


def test_every_host_is_a_member_with_a_vote(cluster: Members) -> None:
    for name in cluster.addresses:
        assert cluster.listed(name) == dict.fromkeys(("host-11", "host-12", "host-13"), VOTES)


def test_a_step_that_runs_again_changes_nothing(cluster: Members) -> None:
    for name in cluster.addresses:
        assert cluster.join(name).splitlines()[-1] == f"{name} thing: unchanged"
        assert cluster.step(name, "install.sh").splitlines()[-1] == f"{name} thing: unchanged"
    assert cluster.step("host-11", "etcdctl.sh", "members.sh").splitlines()[-1] == "host-11 thing: unchanged"


def test_it_listens_on_its_address_and_on_loopback_alone(cluster: Members) -> None:
    found = cluster.on("host-11", "ss -Hltn | awk '{print $4}' | grep -E ':23[0-9][0-9]$' | sort").split()
    assert found == ["10.0.0.11:2379", "10.0.0.11:2380", "10.0.0.11:2382", "127.0.0.1:2379", "127.0.0.1:2381"]


@pytest.mark.parametrize("port", [2379, 2380])
def test_refuses_who_has_no_certificate_of_the_stack(cluster: Members, port: int) -> None:
    path = {2379: "health", 2380: "members"}[port]
    url = f"https://10.0.0.11:{port}/{path}"
    curl = f"curl -sS --http1.1 -m 5 --cacert {TLS}/authority.crt"
    peer = cluster._sign("peer host-12", "etcd-peer", "10.0.0.12")
    assert cluster.on("host-12", f"{curl} {with_identity(cluster, peer)} {url}")
    assert "certificate required" in cluster.fails("host-12", f"{curl} {url}")
    strangers = TestAuthority.create().sign("etcd-peer", "10.0.0.12")
    ended = cluster.authority.sign("etcd-peer", "10.0.0.12", ended=True)
    for identity in (strangers, ended):
        said = cluster.fails("host-12", f"{curl} {with_identity(cluster, identity)} {url}")
        assert re.search(r"alert (unknown ca|bad certificate|certificate expired)|decrypt", said), said
    assert cluster.fails("host-12", f"curl -sSf --http1.1 -m 5 http://10.0.0.11:{port}/{path}")


def test_a_clients_certificate_opens_no_peer_port(cluster: Members) -> None:
    k3s = cluster.authority.sign("k3s", "10.0.0.12")
    curl = f"curl -sS --http1.1 -m 5 --cacert {TLS}/authority.crt {with_identity(cluster, k3s)}"
    assert "true" in cluster.on("host-12", f"{curl} https://10.0.0.11:2379/health")
    assert cluster.fails("host-12", f"{curl} https://10.0.0.11:2380/members")


def test_new_certificates_are_used_without_a_restart(cluster: Members) -> None:
    since = cluster.on("host-12", "systemctl show -p InvocationID --value etcd.service")
    cluster.signed.clear()
    said = cluster.join("host-12")
    assert f"wrote {TLS}/server.pem" in said
    assert since == cluster.on("host-12", "systemctl show -p InvocationID --value etcd.service")
    shown = "openssl s_client -connect 10.0.0.12:2379 </dev/null 2>/dev/null | openssl x509"
    new = cluster._sign("server host-12", "host-12", "10.0.0.12").certificate
    assert cluster.on("host-11", shown).strip() == new


class Writer:
    """Writes keys one after another, from a host, and remembers those that were answered."""

    def __init__(self, members: Members, at: str) -> None:
        self._members, self._at = members, at
        endpoints = ",".join(f"https://{address}:2379" for address in members.addresses.values())
        files = f"--cacert {TLS}/authority.crt --cert {TLS}/server.pem --key {TLS}/server.pem"
        self._script = (
            "rm -f /root/answered; i=0; while [ ! -e /root/enough ]; do i=$((i + 1));"
            f" etcdctl --endpoints {endpoints} {files} --command-timeout=5s put /written/$i x >/dev/null 2>&1"
            " && echo $i $(date +%s.%N) >>/root/answered; done; true"
        )
        members.on(at, "rm -f /root/enough")
        self._thread = threading.Thread(target=members.on, args=(at, self._script), kwargs={"seconds": 600})

    def __enter__(self) -> "Writer":
        self._thread.start()
        time.sleep(2)
        return self

    def __exit__(self, *_: object) -> None:
        self._members.on(self._at, "touch /root/enough")
        self._thread.join()

    def lost(self) -> set[str]:
        """Keys that were answered, and are not there."""
        answered = {line.split()[0] for line in self._answers()}
        keys = self._members.ctl(self._at, "get --prefix --keys-only /written/").split()
        assert len(answered) > 50
        return answered - {key.rpartition("/")[2] for key in keys}

    def longest_pause(self) -> float:
        """Seconds between two answers."""
        times = [float(line.split()[1]) for line in self._answers()]
        return max(later - earlier for earlier, later in pairwise(times))

    def _answers(self) -> list[str]:
        return self._members.on(self._at, "cat /root/answered").splitlines()


def until_healthy(members: Members, *names: str) -> None:
    """Waits until these members are healthy."""
    for name in names or (*members.addresses,):
        members.on(name, "until curl -s http://127.0.0.1:2381/health | grep -q '\"true\"'; do sleep 0.2; done", 60)


def test_no_answered_write_is_lost_when_the_leader_is_killed(cluster: Members) -> None:
    with Writer(cluster, "host-12") as writer:
        for _ in range(KILLS):
            cluster.on(cluster.leader(), "systemctl kill -s KILL etcd.service")
            time.sleep(1)
            until_healthy(cluster)
            time.sleep(1)
    assert writer.lost() == set()
    assert writer.longest_pause() < PAUSE_SECONDS


def test_changed_settings_restart_one_member_after_another_and_no_write_is_lost(cluster: Members) -> None:
    cluster.heartbeat_ms = 120
    cluster.election_ms = 1200
    with Writer(cluster, "host-13") as writer:
        for name in cluster.addresses:
            assert "restarted etcd.service" in cluster.join(name)
    assert writer.lost() == set()


def test_a_restart_that_would_cost_the_majority_is_refused(cluster: Members) -> None:
    cluster.on("host-13", "systemctl stop etcd.service")
    cluster.heartbeat_ms = 100
    try:
        with pytest.raises(HostError, match=r"no majority\. Start etcd on: host-13"):
            cluster.join("host-11")
        assert cluster.on("host-11", "systemctl is-active etcd.service").strip() == "active"
    finally:
        cluster.on("host-13", "systemctl start etcd.service")
    until_healthy(cluster)
    for name in cluster.addresses:
        cluster.join(name)


def test_a_lost_member_is_replaced_by_a_new_machine_of_its_name(cluster: Members) -> None:
    with Writer(cluster, "host-12") as writer:
        delete_host(cluster.lab, "host-13")
        cluster.start(13)
        said = cluster.join("host-13")
    assert "removed the member host-13 from the cluster" in said
    assert "added this host to the cluster" in said
    assert cluster.listed("host-11") == dict.fromkeys(("host-11", "host-12", "host-13"), VOTES)
    assert writer.lost() == set()


def test_a_lost_member_is_replaced_by_a_host_of_another_name(cluster: Members) -> None:
    delete_host(cluster.lab, "host-13")
    cluster.numbers = (11, 12, 14)
    cluster.start(14)
    for name in cluster.addresses:
        cluster.join(name)
    assert cluster.listed("host-11") == dict.fromkeys(("host-11", "host-12", "host-14"), VOTES)
    assert "unchanged" in cluster.step("host-11", "etcdctl.sh", "members.sh")


def test_members_that_are_not_in_the_settings_any_more_are_removed_and_put_their_data_aside(cluster: Members) -> None:
    cluster.numbers = (11, 12, 14, 15)
    cluster.start(15)
    cluster.join("host-15")
    cluster.numbers = (11, 12, 15)
    assert "removed the member host-14" in cluster.step("host-11", "etcdctl.sh", "members.sh")
    assert cluster.listed("host-15") == dict.fromkeys(("host-11", "host-12", "host-15"), VOTES)
    cluster.step("host-14", "etcdctl.sh", "leave.sh")
    assert cluster.on("host-14", "ls -d /var/lib/etcd/left/*/member; ls /etc/etcd/member.env || true").strip()
    assert cluster.on("host-14", "systemctl is-active etcd.service || true").strip() == "inactive"
    delete_host(cluster.lab, "host-14")


def test_a_member_that_leaves_takes_itself_out(cluster: Members) -> None:
    assert "removed the member host-15" in cluster.step("host-15", "etcdctl.sh", "leave.sh")
    assert cluster.listed("host-11") == dict.fromkeys(("host-11", "host-12"), VOTES)
    cluster.step("host-15", "install.sh")
    assert "added this host to the cluster" in cluster.join("host-15")
    assert cluster.listed("host-11") == dict.fromkeys(("host-11", "host-12", "host-15"), VOTES)


def test_a_member_with_another_address_is_repaired(cluster: Members) -> None:
    """The others know an address that it had before: the lab's network lets no host take another one."""
    cluster.on("host-15", "systemctl stop etcd.service")
    listed = cluster.ctl("host-11", "member list -w simple").splitlines()
    (own,) = [line.split(",")[0] for line in listed if "host-15" in line]
    cluster.ctl("host-11", f"member update {own} --peer-urls https://10.0.0.99:2380")
    assert "told the cluster the new address of this member" in cluster.join("host-15")
    assert "https://10.0.0.15:2380" in cluster.ctl("host-11", "member list")
    until_healthy(cluster)


def test_a_removal_that_would_cost_the_majority_is_refused(cluster: Members) -> None:
    cluster.numbers = (11, 12)
    cut_power(cluster.lab, "host-12")
    try:
        with pytest.raises(HostError, match=r"can't remove the member host-15: only 1 of 2 members .* on: host-12"):
            cluster.step("host-11", "etcdctl.sh", "members.sh")
    finally:
        start_host(cluster.lab, "host-12")
        cluster.numbers = (11, 12, 15)
    wait_until_up(cluster.lab, "host-12")
    until_healthy(cluster)


def test_no_second_cluster_is_created_while_a_host_has_data_or_does_not_answer(cluster: Members) -> None:
    for name in ("host-12", "host-15"):
        cluster.on(name, "systemctl stop etcd.service")
    cluster.on("host-11", "systemctl stop etcd.service; mv /var/lib/etcd/tailnet-k3s /var/lib/etcd/kept")
    try:
        with pytest.raises(HostError, match="host-12 has data of the cluster, but no majority answers"):
            cluster.join("host-11")
    finally:
        cluster.on("host-11", "rm -rf /var/lib/etcd/tailnet-k3s; mv /var/lib/etcd/kept /var/lib/etcd/tailnet-k3s")
        for name in cluster.addresses:
            cluster.on(name, "systemctl enable -q etcd.service; systemctl start --no-block etcd.service")
    until_healthy(cluster)


def test_all_come_back_from_an_outage_of_all(cluster: Members) -> None:
    for name in ("host-11", "host-12"):
        cut_power(cluster.lab, name)
    for name in ("host-11", "host-12"):
        start_host(cluster.lab, name)
        wait_until_up(cluster.lab, name)
    until_healthy(cluster)


def test_free_space_is_given_back_and_the_alarm_of_a_full_database_ended(cluster: Members) -> None:
    fill = "for i in $(seq 200); do head -c 1400000 /dev/zero | tr '\\0' x | " + (
        f"etcdctl --endpoints https://127.0.0.1:2379 --cacert {TLS}/authority.crt --cert {TLS}/server.pem"
        f" --key {TLS}/server.pem put /large >/dev/null 2>&1 || break; done"
    )
    cluster.on("host-11", fill, 300)
    assert "NOSPACE" in cluster.ctl("host-11", "alarm list")
    assert "NOSPACE" in cluster.on("host-11", "curl -s http://127.0.0.1:2381/health || true")
    revision = re.search(r'"revision":(\d+)', cluster.ctl("host-11", "endpoint status -w json"))
    assert revision
    cluster.ctl("host-11", f"compact {revision[1]}")
    end = time.monotonic() + 60  # a busy member removes old revisions later
    while cluster.ctl("host-11", "alarm list").strip() and time.monotonic() < end:
        for name in cluster.addresses:
            cluster.on(name, "systemctl start etcd-upkeep.service || true; journalctl -u etcd-upkeep -o cat -n 5")
    assert cluster.ctl("host-11", "alarm list").strip() == ""
    assert "OK" in cluster.ctl("host-11", "put /after x")


def test_one_member_of_three_goes_on_alone_by_the_way_in_the_docs(cluster: Members) -> None:
    cluster.ctl("host-11", "put /before-the-loss x")
    for name in [*cluster.addresses][1:]:
        delete_host(cluster.lab, name)
    with pytest.raises(HostError):
        cluster.ctl("host-11", "put /nobody x")
    (way,) = re.findall(r"With etcd:\n\n```bash\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    cluster.on("host-11", way)
    assert cluster.listed("host-11") == {"host-11": VOTES}
    cluster.numbers = (11, 12, 13)
    for number in (12, 13):
        cluster.start(number)
    for name in cluster.addresses:
        cluster.join(name)
    assert cluster.listed("host-13") == dict.fromkeys(("host-11", "host-12", "host-13"), VOTES)
    assert "/before-the-loss" in cluster.ctl("host-13", "get /before-the-loss")
