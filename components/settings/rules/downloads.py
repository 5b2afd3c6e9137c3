"""Rules for downloads: files by http need a checksum from elsewhere."""

from components.artefacts import Artefact
from components.artefacts import k3s as k3s_artefact
from components.settings.downloads import Downloads
from components.settings.k3s import K3s
from components.settings.rules.checksums import missing_checksums
from components.settings.rules.rule import Findings, Hosts


def open_mirror_has_the_checksum_of_k3s(hosts: Hosts, downloads: Downloads, k3s: K3s) -> Findings:
    """Nodes run it as root."""

    def binary(architecture: str, mirror: str) -> Artefact:
        return k3s_artefact(architecture, k3s.version, mirror, k3s.sha256.of(architecture))

    nodes = {name: host for name, host in hosts.items() if {"server", "agent"} & set(host.roles)}
    yield from missing_checksums("k3s", nodes, downloads, binary)
