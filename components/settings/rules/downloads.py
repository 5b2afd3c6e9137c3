"""Rules for downloads: files by http need a checksum from elsewhere."""

from collections.abc import Iterable

from components.artefacts import Artefact
from components.artefacts import k3s as k3s_artefact
from components.settings.downloads import Downloads
from components.settings.errors import Finding
from components.settings.k3s import K3s
from components.settings.rules.rule import Findings, Hosts


def open_mirror_has_pinned_checksums(hosts: Hosts, downloads: Downloads, k3s: K3s) -> Findings:
    """An attacker can change a list of checksums by http together with the file, so it is useless.

    This concerns k3s: its version is a setting. etcd, of which no checksum is known, has a rule of its own. All other
    files have checksums in artefacts.py.
    """
    mirror = downloads.mirror
    if mirror is None or mirror.startswith("https:"):
        return
    nodes = {name: host for name, host in hosts.items() if {"server", "agent"} & set(host.roles)}
    for architecture in sorted({host.architecture for host in nodes.values()}):
        binary = k3s_artefact(architecture, k3s.version, mirror, k3s.sha256.of(architecture))
        if not binary.sha256:
            users = [name for name, host in nodes.items() if host.architecture == architecture]
            yield missing_checksum(f"k3s.sha256.{architecture}", binary, users)


def missing_checksum(key: str, artefact: Artefact, users: Iterable[str]) -> Finding:
    """The finding for a file without a pinned checksum. `key`: the setting for it; `users`: names of hosts."""
    return Finding(
        key,
        f"is missing, and needed by {', '.join(users)}: an attacker can change {artefact.url} on its way. "
        "Give the file's SHA-256, or a downloads.mirror with https.",
    )
