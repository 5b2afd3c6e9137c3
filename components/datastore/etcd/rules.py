"""Rules of etcd: how many members there are, when they elect a leader, and whether a mirror can be trusted."""

from components.artefacts import etcd
from components.datastore.etcd.settings import EtcdSettings
from components.settings.downloads import Downloads
from components.settings.errors import Finding
from components.settings.rules.downloads import missing_checksum
from components.settings.rules.rule import Findings, Hosts

MEMBERS = (3, 5)
"""With an even number, one more member tolerates no more losses. With more than five, writes wait for more members."""
BEATS = 10
"""etcd's tuning guide: the election timeout is at least ten times the round trip (heartbeats are about one)."""


def etcd_has_three_or_five_members(hosts: Hosts, datastore: EtcdSettings) -> Findings:
    """Three members tolerate the loss of one, five the loss of two."""
    members = sum("database" in host.roles for host in hosts.values())
    if members not in MEMBERS:
        had = {0: "no host has", 1: "one host has"}.get(members, f"{members} hosts have")
        yield Finding("hosts", f"{had} the role database; etcd needs three or five. Add the role, or take it away.")


def election_waits_for_ten_heartbeats(datastore: EtcdSettings) -> Findings:
    """With less, a delay on the way ends a leader that works. etcd itself refuses less than five times."""
    least = BEATS * datastore.heartbeat_ms
    if datastore.election_ms < least:
        yield Finding(
            "datastore.election_ms",
            f"is less than ten heartbeats of {datastore.heartbeat_ms} ms. Use {least} or more, or lower heartbeat_ms.",
        )


def open_mirror_has_etcds_checksum(hosts: Hosts, downloads: Downloads, datastore: EtcdSettings) -> Findings:
    """An attacker can change the publisher's list on its way by http together with the file."""
    mirror = downloads.mirror
    if mirror is None or mirror.startswith("https:"):
        return
    members = {name: host.architecture for name, host in hosts.items() if "database" in host.roles}
    for architecture in sorted(set(members.values())):
        archive = etcd(architecture, mirror, datastore.sha256.of(architecture))
        if not archive.sha256:
            users = [name for name, one in members.items() if one == architecture]
            yield missing_checksum(f"datastore.sha256.{architecture}", archive, users)
