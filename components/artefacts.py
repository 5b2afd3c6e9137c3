"""What hosts download, and from where: the one place with versions, publishers' URLs and checksums."""

from dataclasses import dataclass
from urllib.parse import quote

from components.settings.downloads import Downloads
from components.settings.k3s import K3s

TAILSCALE_VERSION = "1.98.0"
TRAEFIK_VERSION = "v3.6.12"
TRAEFIK_IMAGE = f"docker.io/library/traefik:{TRAEFIK_VERSION}"
TRAEFIK_CRDS_SHA256 = "19df8d4caa268314977886df8415cd809ec3faed4c6da608debc2b1c10e38397"


@dataclass(frozen=True)
class Artefact:
    """One file of a publisher, and how to tell that it is the one that was meant."""

    url: str
    checksum_url: str
    """The publisher's own list of checksums (of `name` alone, for tailscale), used where none is pinned; or empty."""
    name: str
    sha256: str = ""
    """Pinned checksum, in hex; empty: the publisher's list is trusted."""


def tailscale(architecture: str, downloads: Downloads) -> Artefact:
    """The archive of static binaries: tailscale, tailscaled and its unit."""
    name = f"tailscale_{TAILSCALE_VERSION}_{architecture}.tgz"
    url = _mirrored("pkgs.tailscale.com/stable", downloads)
    return Artefact(url=f"{url}/{name}", checksum_url=f"{url}/{name}.sha256", name=name)


def k3s(architecture: str, settings: K3s, downloads: Downloads) -> Artefact:
    """The single binary of k3s, in the version of the settings."""
    name = "k3s" if architecture == "amd64" else f"k3s-{architecture}"
    url = _mirrored(f"github.com/k3s-io/k3s/releases/download/{quote(settings.version)}", downloads)
    return Artefact(
        url=f"{url}/{name}",
        checksum_url=f"{url}/sha256sum-{architecture}.txt",
        name=name,
        sha256=getattr(settings.sha256, architecture) or "",
    )


def traefik_crds(downloads: Downloads) -> Artefact:
    """Definitions of Traefik's custom resources, of the same version as the program: its publisher's own file."""
    name = "kubernetes-crd-definition-v1.yml"
    location = (
        f"raw.githubusercontent.com/traefik/traefik/{TRAEFIK_VERSION}/docs/content/reference/dynamic-configuration"
    )
    return Artefact(
        url=f"{_mirrored(location, downloads)}/{name}", checksum_url="", name=name, sha256=TRAEFIK_CRDS_SHA256
    )


def _mirrored(location: str, downloads: Downloads) -> str:
    """A publisher's host and path, on the mirror if there is one."""
    return f"{downloads.mirror or 'https:/'}/{location}"
