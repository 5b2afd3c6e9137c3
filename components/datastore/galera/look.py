"""What Galera must find on its hosts: no data of others, free ports, and one series of MariaDB on all members."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.datastore.galera.ports import DATABASES_PORT, GROUP_PORT, HEALTH_PORT, SERVER_PORTS, WRITER_PORT
from components.datastore.galera.settings import GaleraSettings
from components.datastore.kind import DataFolder, DatastoreLook
from components.settings.errors import Finding

if TYPE_CHECKING:  # they know the settings, which know this kind
    from components.hosts.ports import Port
    from components.look.facts import Facts
    from components.look.wanted import WantedHost

STEPS = ("datastore-packages", "datastore-member")
SERVERS = ("mariadbd", "mysqld")
UNITS = ("mariadb.service",)
HEALTH_UNITS = ("galera-health.service", "init.scope")
"""systemd itself holds the socket, too."""
PROXY = ("haproxy.service",)
FOLDER = "/var/lib/mysql"
OTHER_SERVERS = re.compile(r"(mysql-server|percona-(server-server|xtradb-cluster))")
"""Packages that MariaDB's take the place of. `default-mysql-server` is MariaDB."""
SERIES = {
    ("debian", "11"): "10.5",
    ("debian", "12"): "10.11",
    ("debian", "13"): "11.8",
    ("raspbian", "11"): "10.5",
    ("raspbian", "12"): "10.11",
    ("raspbian", "13"): "11.8",
    ("ubuntu", "22.04"): "10.6",
    ("ubuntu", "24.04"): "10.11",
}
"""What a system's own packages have (packages.debian.org, packages.ubuntu.com)."""


def ports(settings: GaleraSettings, name: str, roles: Set[str]) -> "Iterator[Port]":
    """Of members, of the arbitrator, and of HAProxy on servers and, for pods, on all nodes."""
    from components.hosts.ports import Port

    is_member = "database" in roles
    if is_member:
        for number in SERVER_PORTS:
            yield Port(number, "MariaDB", STEPS, "overlay", takes_over=SERVERS, units=UNITS)
        yield Port(HEALTH_PORT, "MariaDB's health service", STEPS, "overlay", units=HEALTH_UNITS)
    if name == settings.arbitrator:
        yield Port(GROUP_PORT, "Galera's arbitrator", ("datastore-arbitrator",), "overlay", units=("garb.service",))
    if "server" in roles:
        taken = SERVERS if is_member else ()
        yield Port(WRITER_PORT, "HAProxy", ("datastore-writer",), "loopback", takes_over=taken, units=PROXY)
    if settings.databases and {"server", "agent"} & roles:
        yield Port(DATABASES_PORT, "HAProxy", ("datastore-databases",), "overlay", units=PROXY, clients=("pods",))


def packages(settings: GaleraSettings, name: str, roles: Set[str]) -> Iterator[str]:
    """Of members, and of the arbitrator."""
    if "database" in roles:
        yield from ("mariadb-server", "mariadb-backup", "galera-4", "socat", "openssl", "python3-minimal")
    if name == settings.arbitrator:
        yield from ("galera-arbitrator-4", "openssl")


def findings(wanted: "WantedHost", facts: "Facts") -> Iterator[Finding]:
    """A joining member throws away what is in its folder of data, whoever has written it.

    After the step of the member, the data of a member is the program's. What another server has elsewhere is not.
    """
    if "database" not in wanted.roles:
        return
    found, is_member = _found(facts), wanted.did(facts, "datastore-member")
    for folder in found.get("data", ()):
        path = folder["path"]
        if is_member and (path == FOLDER or folder.get("of_a_member")):
            continue
        yield Finding(
            wanted.key,
            f"has a MariaDB or MySQL with data in {path} ({_names(folder['databases'])}), which the role database"
            f" would replace. Take the role away, or dump what you need and move the folder:"
            f" sudo systemctl stop mariadb mysql; sudo mv {path} {path}-mine",
        )
    if others := sorted(name for name in found.get("packages", ()) if OTHER_SERVERS.match(name)):
        yield Finding(
            wanted.key,
            f"has {', '.join(others)} installed, in whose place MariaDB would come."
            f" Take the role database away, or run there: sudo apt-get purge {' '.join(others)}",
        )


def comparisons(wanted: "Mapping[str, WantedHost]", facts: "Mapping[str, Facts]") -> Iterator[Finding]:
    """A member can't have its copy from one of another series: the transfer fails."""
    known = {name: _series(facts[name]) for name, host in wanted.items() if "database" in host.roles}
    series = {name: one for name, one in known.items() if one}
    first = [one for name, one in series.items() if wanted[name].did(facts[name], "datastore-member")]
    if len(set(series.values())) < 2:
        return
    right = Counter(first or series.values()).most_common(1)[0][0]
    for name, one in series.items():
        if one != right:
            where = ", ".join(other for other, has in series.items() if has == right)
            yield Finding(
                wanted[name].key,
                f"would have MariaDB {one}, and {where} {right}: members must have the same series."
                f" Install a system with MariaDB {right}, or take its packages from mariadb.org.",
            )


def _series(facts: "Facts") -> str | None:
    """Of what is installed; else of what would be. None: not known."""
    found = _found(facts)
    installed = found.get("packages", {}).get("mariadb-server", "")
    if series := re.match(r"(?:\d+:)?(\d+\.\d+)\.", installed):
        return series[1]
    if source := found.get("source"):
        return str(source)
    system = facts.system
    return SERIES.get((system.id, system.version or "")) if system else None


def _found(facts: "Facts") -> Mapping[str, Any]:
    """What gather.py has found. Empty: it could not be read."""
    return (facts.datastores or {}).get("galera") or {}


def _names(databases: Sequence[str]) -> str:
    shown = ", ".join(databases[:4]) + (", …" if databases[4:] else "")
    return f"database{'s' * (len(databases) > 1)} {shown}"


LOOK = DatastoreLook(
    STEPS,
    DataFolder(FOLDER, first_mb=1000, left="/var/lib/mysql-left-TIME"),
    ("/etc/galera-tls/certificate.pem",),
    Path(__file__).with_name("gather.py"),
    ports,
    findings,
    comparisons,
    settings=(
        "/etc/systemd/system/mariadb.service.d/*.conf",
        "/etc/mysql/conf.d/*.cnf",
        "/etc/mysql/mariadb.conf.d/*.cnf",
    ),
    packages=packages,
)
