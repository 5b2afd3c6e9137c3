"""What etcd must find on its hosts: free ports, and no package whose unit has the same name."""

from collections.abc import Iterator, Set
from pathlib import Path
from typing import TYPE_CHECKING

from components.datastore.etcd.ports import CLIENT_PORT, METRICS_PORT, PEER_PORT, PRESENCE_PORT
from components.datastore.etcd.settings import EtcdSettings
from components.datastore.kind import DataFolder, DatastoreLook
from components.settings.errors import Finding

if TYPE_CHECKING:  # they know the settings, which know this kind
    from components.hosts.ports import Port
    from components.look.facts import Facts
    from components.look.wanted import WantedHost

STEPS = ("datastore-program", "datastore-member")
UNITS = ("etcd.service",)
PRESENCE_UNITS = ("init.scope",)
"""systemd itself holds the socket of etcd-presence."""


def ports(settings: EtcdSettings, name: str, roles: Set[str]) -> "Iterator[Port]":
    """Of members."""
    from components.hosts.ports import Port

    if "database" in roles:
        for number in (CLIENT_PORT, PEER_PORT):
            yield Port(number, "etcd", STEPS, "overlay", units=UNITS)
        yield Port(PRESENCE_PORT, "etcd's presence", STEPS, "overlay", units=PRESENCE_UNITS)
        for number in (CLIENT_PORT, METRICS_PORT):
            yield Port(number, "etcd", STEPS, "loopback", units=UNITS)


def packages(settings: EtcdSettings, name: str, roles: Set[str]) -> Iterator[str]:
    """Of members."""
    if "database" in roles:
        yield from ("ca-certificates", "curl", "python3-minimal")


def findings(wanted: "WantedHost", facts: "Facts") -> "Iterator[Finding]":
    """A foreign etcd with data is reported with other clusters: see look/findings/clusters.py."""
    if "database" not in wanted.roles or wanted.did(facts, *STEPS):
        return
    if found := sorted(((facts.datastores or {}).get("etcd") or {}).get("packages", ())):
        yield Finding(
            wanted.key,
            f"has {' and '.join(found)} installed, whose service etcd.service has the name of the program's own."
            f" Take the role database away, or run there: sudo apt-get purge {' '.join(found)}",
        )


LOOK = DatastoreLook(
    STEPS,
    DataFolder("/var/lib/etcd", first_mb=1000, left="/var/lib/etcd/left"),
    ("/etc/etcd/tls/*.pem",),
    Path(__file__).with_name("gather.py"),
    ports,
    findings,
    packages=packages,
)
