"""Rules for downloads: files by http need a checksum from elsewhere."""

from components.artefacts import k3s as k3s_artefact
from components.artefacts import tailscale
from components.overlay.tailscale.settings import TailnetSettings
from components.settings.downloads import Downloads
from components.settings.errors import Finding
from components.settings.k3s import K3s
from components.settings.rules.rule import Findings, Hosts

NODES = {"server", "agent"}


def open_mirror_has_pinned_checksums(
    hosts: Hosts, downloads: Downloads, k3s: K3s, tailnet: TailnetSettings
) -> Findings:
    """An attacker can change a list of checksums by http together with the file, so it is useless."""
    mirror = downloads.mirror
    if mirror is None or mirror.startswith("https:"):
        return
    for architecture in sorted({host.architecture for host in hosts.values()}):
        theirs = {name: host for name, host in hosts.items() if host.architecture == architecture}
        nodes = [name for name, host in theirs.items() if NODES & set(host.roles)]
        archive = tailscale(architecture, mirror, tailnet.sha256.of(architecture))
        binary = k3s_artefact(architecture, k3s.version, mirror, k3s.sha256.of(architecture))
        for key, artefact, users in (("tailnet", archive, [*theirs]), ("k3s", binary, nodes)):
            if users and not artefact.sha256:
                yield Finding(
                    f"{key}.sha256.{architecture}",
                    f"is missing, and needed by {', '.join(users)}: an attacker can change {artefact.url} on its way. "
                    "Give the file's SHA-256, or a downloads.mirror with https.",
                )
