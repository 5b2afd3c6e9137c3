"""Part of the look's script: packages, HAProxy's settings, and versions of k3s."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from collections.abc import Iterable
from typing import Any

from components.look.gather.reading import at, paths, run, text

DPKG_STATUS = "/var/lib/dpkg/status"
HAPROXY_FILES = ("/etc/haproxy/haproxy.cfg", "/etc/default/haproxy")
K3S = "/usr/local/bin/k3s"
PROGRAMS_FOLDER = "/etc/haproxy/tailnet-k3s"


def parse_packages(status: str, patterns: Iterable[str]) -> dict[str, dict[str, str]]:
    """The fields of each installed package with such a name. Continuation lines of a field begin with a space."""
    wanted = re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))
    found = {}
    for block in status.split("\n\n"):
        name = re.match(r"Package: (\S+)", block)
        if name and wanted.match(name.group(1)):
            fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*((?:.*)(?:\n[ \t].*)*)", block, re.MULTILINE))
            if fields.get("Status", "").endswith(" installed"):
                found[name.group(1)] = fields
    return found


def held() -> list[str] | None:
    """Packages on hold that are not installed."""
    status = text(DPKG_STATUS)
    if status is None:
        return None
    return sorted(
        re.findall(r"^Package: (\S+)\nStatus: hold \S+ (?:not-installed|config-files)$", status, re.MULTILINE)
    )


def haproxy() -> dict[str, Any] | None:
    """Settings files whose checksum differs from the package's. Leaves out this program's own files."""
    package = parse_packages(text(DPKG_STATUS) or "", ["haproxy"]).get("haproxy")
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
    installed = _k3s_version(K3S)
    return {"installed": installed, "running": _running_k3s(installed)}


def _running_k3s(installed: str | None) -> str | None:
    answer = run("systemctl", "show", "--property=MainPID", "k3s.service", "k3s-agent.service") or ""
    for number in re.findall(r"^MainPID=([1-9]\d*)$", answer, re.MULTILINE):
        program = f"/proc/{number}/exe"
        if version := installed if _is_same_file(K3S, program) else _k3s_version(program):
            return version
    return None


def _is_same_file(one: str, other: str) -> bool:
    try:
        return at(one).samefile(at(other))
    except OSError:
        return False


def _k3s_version(program: str) -> str | None:
    found = re.match(r"k3s version (v\S+)", run(program, "--version", may_be_missing=True, may_fail=True) or "")
    return found.group(1) if found else None
