"""Part of the look's script: servers of MySQL's family on this host, and the databases of their owner."""

from __future__ import annotations

import re
from typing import Any

from components.look.gather.reading import at, paths, text
from components.look.gather.software import DPKG_STATUS, parse_packages

SERVER_PACKAGES = ("mariadb-server*", "mysql-server*", "percona-server-server*", "percona-xtradb-cluster*")
SERVERS_OWN = {"mysql", "performance_schema", "information_schema", "sys", "lost+found"}


def galera() -> dict[str, Any]:
    """Versions of the installed packages, the series of a publisher's package source, and folders with data."""
    installed = parse_packages(text(DPKG_STATUS) or "", SERVER_PACKAGES)
    return {
        "packages": {name: fields["Version"] for name, fields in installed.items()},
        "source": mariadb_source(),
        "data": database_folders(),
    }


def mariadb_source() -> str | None:
    """The series in the URL of MariaDB's package source: …/repo/11.4/debian, …/mariadb-11.4/repo/debian."""
    for path in (*paths("/etc/apt/sources.list"), *paths("/etc/apt/sources.list.d/*")):
        for line in (text(path) or "").splitlines():
            found = re.search(r"mariadb\S*?[/-](\d+\.\d+)(?:\.\d+)?/", line)
            if found and not line.lstrip().startswith("#"):
                return found.group(1)
    return None


def database_folders() -> list[dict[str, Any]]:
    """Folders with data of a database server: those in MariaDB's settings, and the default folder."""
    folders = {"/var/lib/mysql"}
    for path in (
        "/etc/my.cnf",
        *paths("/etc/my.cnf.d/*.cnf"),
        *paths("/etc/mysql/*.cnf"),
        *paths("/etc/mysql/*/*.cnf"),
    ):
        folders |= set(
            re.findall(r"^\s*datadir\s*=\s*[\"']?(/[^\s\"'#]+?)/?[\"']?\s*(?:#.*)?$", text(path) or "", re.MULTILINE)
        )
    found: list[dict[str, Any]] = [
        {"path": folder, "databases": _databases_in(folder), "of_a_member": at(f"{folder}/grastate.dat").exists()}
        for folder in sorted(folders)
    ]
    return [one for one in found if one["databases"]]


def _databases_in(folder: str) -> list[str]:
    """Names of databases. Each is a folder. In its name, special characters appear as @ and four hex digits."""
    names = []
    for entry in sorted(at(folder).iterdir()) if at(folder).is_dir() else ():
        hidden = entry.name in SERVERS_OWN or entry.name.startswith((".", "#"))
        if hidden or not entry.is_dir() or (entry.name == "test" and not any(entry.glob("*.[!o]*"))):
            continue
        names.append(re.sub(r"@([0-9a-f]{4})", lambda code: chr(int(code.group(1), 16)), entry.name))
    return names
