"""What rules for downloads share: a file that comes by http needs a checksum from elsewhere."""

from collections.abc import Callable

from components.artefacts import Artefact
from components.settings.downloads import Downloads
from components.settings.errors import Finding
from components.settings.rules.rule import Findings, Hosts


def missing_checksums(
    key: str, users: Hosts, downloads: Downloads, artefact: Callable[[str, str], Artefact]
) -> Findings:
    """Files without a checksum that come by http. An attacker can change a list of checksums by http, too.

    `key`: settings with the map `sha256`. `users`: hosts that use the file. `artefact`: the file, by architecture and
    mirror.
    """
    mirror = downloads.mirror
    if mirror is None or mirror.startswith("https:"):
        return
    for architecture in sorted({host.architecture for host in users.values()}):
        names = [name for name, host in users.items() if host.architecture == architecture]
        file = artefact(architecture, mirror)
        if not file.sha256:
            yield Finding(
                f"{key}.sha256.{architecture}",
                f"is missing, and needed by {', '.join(names)}: an attacker can change {file.url} on its way. "
                "Give the file's SHA-256, or a downloads.mirror with https.",
            )
