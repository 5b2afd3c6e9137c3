"""Rules for the settings of the tailnet."""

from components.artefacts import Artefact, tailscale
from components.overlay.tailscale.settings import TailnetSettings
from components.settings.downloads import Downloads
from components.settings.rules.checksums import missing_checksums
from components.settings.rules.rule import Findings, Hosts


def open_mirror_has_tailscales_checksum(hosts: Hosts, downloads: Downloads, tailnet: TailnetSettings) -> Findings:
    """Every host runs it as root."""

    def archive(architecture: str, mirror: str) -> Artefact:
        return tailscale(architecture, mirror, tailnet.sha256.of(architecture))

    yield from missing_checksums("tailnet", hosts, downloads, archive)
