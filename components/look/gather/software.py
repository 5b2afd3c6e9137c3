"""Part of the look's script: packages, services, databases, and HAProxy's settings."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from typing import Any

from components.look.gather.reading import at, paths, run, text

PACKAGES = (
    *("mariadb-server*", "mysql-server*", "percona-server-server*", "percona-xtradb-cluster*", "galera-*"),
    *("haproxy", "etcd", "etcd-server", "kubelet", "kubeadm", "cri-o*", "containerd*", "docker.io", "docker-ce"),
    *("podman", "nginx", "apache2", "caddy", "lighttpd", "ufw", "firewalld", "nftables", "python3"),
)
UNITS = (
    *("mariadb", "mysql", "mysqld", "haproxy", "garb", "etcd", "k3s", "k3s-agent", "rke2-server", "rke2-agent"),
    *("kubelet", "crio", "containerd", "docker", "nginx", "apache2", "caddy", "lighttpd", "ufw", "firewalld"),
    *("nftables", "netfilter-persistent"),
)
SERVERS_OWN = {"mysql", "performance_schema", "information_schema", "sys", "lost+found"}
HAPROXY_FILES = ("/etc/haproxy/haproxy.cfg", "/etc/default/haproxy")
PROGRAMS_FOLDER = "/etc/haproxy/tailnet-k3s"


def packages() -> dict[str, str] | None:
    """Versions of installed packages of interest, read from dpkg's list."""
    status = text("/var/lib/dpkg/status")
    return None if status is None else {name: entry["Version"] for name, entry in parse_packages(status).items()}


def parse_packages(status: str) -> dict[str, dict[str, str]]:
    """The fields of each installed package of interest. Continuation lines of a field begin with a space."""
    wanted = re.compile("|".join(fnmatch.translate(pattern) for pattern in PACKAGES))
    found = {}
    for block in status.split("\n\n"):
        name = re.match(r"Package: (\S+)", block)
        if name and wanted.match(name.group(1)):
            fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*((?:.*)(?:\n[ \t].*)*)", block, re.MULTILINE))
            if fields.get("Status", "").endswith(" installed"):
                found[name.group(1)] = fields
    return found


def mariadb_source() -> str | None:
    """The series in the URL of MariaDB's package source: …/repo/11.4/debian, …/mariadb-11.4/repo/debian."""
    for path in (*paths("/etc/apt/sources.list"), *paths("/etc/apt/sources.list.d/*")):
        for line in (text(path) or "").splitlines():
            found = re.search(r"mariadb\S*?[/-](\d+\.\d+)(?:\.\d+)?/", line)
            if found and not line.lstrip().startswith("#"):
                return found.group(1)
    return None


def units() -> dict[str, dict[str, str]] | None:
    """The units of interest that have a unit file."""
    answer = run(
        "systemctl", "show", "--property=Id,LoadState,ActiveState,UnitFileState", *(f"{name}.service" for name in UNITS)
    )
    return None if answer is None else parse_units(answer)


def parse_units(answer: str) -> dict[str, dict[str, str]]:
    """Parses the output of systemctl: one block for each unit. A unit may appear under several names."""
    blocks = [dict(line.split("=", 1) for line in block.splitlines() if line) for block in answer.split("\n\n")]
    return {
        block["Id"]: {"active": block["ActiveState"], "enabled": block["UnitFileState"]}
        for block in blocks
        if block.get("LoadState") not in (None, "not-found")
    }


def databases() -> list[dict[str, Any]]:
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
    found = [{"path": folder, "databases": _databases_in(folder)} for folder in sorted(folders)]
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


def haproxy() -> dict[str, Any] | None:
    """Settings files whose checksum differs from the package's. Leaves out this program's own files."""
    package = parse_packages(text("/var/lib/dpkg/status") or "").get("haproxy")
    if package is None and not any(at(path).exists() for path in ("/usr/sbin/haproxy", "/usr/local/sbin/haproxy")):
        return None
    known = dict(re.findall(r"^ (\S+) ([0-9a-f]{32})", (package or {}).get("Conffiles", ""), re.MULTILINE))
    others = [*paths("/etc/haproxy/*.cfg"), *paths("/etc/haproxy/conf.d/*.cfg")]
    changed = [path for path in sorted({*HAPROXY_FILES, *others}) if _is_changed(path, known.get(path))]
    return {"changed": changed}


def _is_changed(path: str, checksum: str | None) -> bool:
    said = text(path)
    if said is None or said.strip() == f"CONFIG={PROGRAMS_FOLDER}":
        return False
    return hashlib.md5(said.encode()).hexdigest() != checksum  # noqa: S324 # dpkg's own kind of checksum


def k3s() -> dict[str, str | None]:
    """Asks the file and the running process. The process keeps its old program after the file was replaced."""
    return {"installed": _k3s_version("/usr/local/bin/k3s"), "running": _running_k3s()}


def _running_k3s() -> str | None:
    answer = run("systemctl", "show", "--property=MainPID", "k3s.service", "k3s-agent.service") or ""
    for number in re.findall(r"^MainPID=([1-9]\d*)$", answer, re.MULTILINE):
        if version := _k3s_version(f"/proc/{number}/exe"):
            return version
    return None


def _k3s_version(program: str) -> str | None:
    found = re.match(r"k3s version (v\S+)", run(program, "--version") or "")
    return found.group(1) if found else None
