"""What hosts download and run: every version, image and checksum, in this one place.

docs/versions.md says where each one was seen published: a tag alone is not a release. A test compares both files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

TAILSCALE_VERSION = "1.98.10"
K3S_VERSION = "v1.36.3+k3s1"
"""The default of the setting k3s.version."""
ETCD_VERSION = "3.6.16"
"""3.6.12 or later: earlier ones have faults when a member is added, when a learner gets its vote, and in TLS."""
TRAEFIK_VERSION = "v3.6.12"
TRAEFIK_IMAGE = f"docker.io/library/traefik:{TRAEFIK_VERSION}"
MINIO_IMAGE = "docker.io/coollabsio/minio:RELEASE.2025-10-15T17-29-55Z"
"""MinIO's last release. Coolify built the image from MinIO's source and added the client. MinIO deleted its own images
from Docker Hub on 2026-09-11 and closed those on Quay soon after."""
AZURE_IMAGES: Mapping[str, str] = {
    "amd64": "Debian:debian-12:12-gen2:latest",
    "arm64": "Debian:debian-12:12-arm64:latest",
}
"""Azure's images for new hosts. A host keeps the image that it was created from."""

CHECKSUMS: Mapping[str, str] = {
    "tailscale_1.98.10_amd64.tgz": "52490ce0832b245857e2afef7426d6ae5a4b49fb391412833cc95729bd23f7de",
    "tailscale_1.98.10_arm64.tgz": "d74a84e07cb1948d9f09a23ae161417c6127e562949773705c95d0762be2809d",
    "v1.36.3+k3s1/k3s": "2f98a9f8fe5782479ee2d54e70a1b10a7f6fd4cae8d38ed3098452dc6eed76b5",
    "v1.36.3+k3s1/k3s-arm64": "c9a209103f480f163b7c6a56f00862b4481927b284dc29a3716bb70d886691a8",
    "v3.6.12/kubernetes-crd-definition-v1.yml": "19df8d4caa268314977886df8415cd809ec3faed4c6da608debc2b1c10e38397",
}
"""SHA-256 by file. The key contains the version, so a new version never gets an old checksum."""


@dataclass(frozen=True)
class Artefact:
    """One file of a publisher, and how to verify it."""

    url: str
    checksum_url: str
    """The publisher's list of checksums, for a file without a pinned one. May be empty."""
    name: str
    sha256: str
    """Pinned checksum, in hex. Empty: the host trusts the publisher's list, which must come by https."""


def tailscale(architecture: str, mirror: str | None = None, sha256: str | None = None) -> Artefact:
    """The archive with Tailscale's static binaries and systemd unit. `sha256` replaces the checksum in this file."""
    name = f"tailscale_{TAILSCALE_VERSION}_{architecture}.tgz"
    url = _mirrored("pkgs.tailscale.com/stable", mirror)
    return Artefact(
        url=f"{url}/{name}",
        checksum_url=f"{url}/{name}.sha256",
        name=name,
        sha256=sha256 or CHECKSUMS.get(name, ""),
    )


def k3s(architecture: str, version: str, mirror: str | None = None, sha256: str | None = None) -> Artefact:
    """The binary of k3s. `sha256` replaces the checksum in this file, which exists for K3S_VERSION only."""
    name = "k3s" if architecture == "amd64" else f"k3s-{architecture}"
    url = _mirrored(f"github.com/k3s-io/k3s/releases/download/{quote(version)}", mirror)
    return Artefact(
        url=f"{url}/{name}",
        checksum_url=f"{url}/sha256sum-{architecture}.txt",
        name=name,
        sha256=sha256 or CHECKSUMS.get(f"{version}/{name}", ""),
    )


def etcd(architecture: str, mirror: str | None = None, sha256: str | None = None) -> Artefact:
    """The archive with etcd, etcdctl and etcdutl. `sha256` replaces the publisher's list: this file has no checksum."""
    name = f"etcd-v{ETCD_VERSION}-linux-{architecture}.tar.gz"
    url = _mirrored(f"github.com/etcd-io/etcd/releases/download/v{ETCD_VERSION}", mirror)
    return Artefact(
        url=f"{url}/{name}", checksum_url=f"{url}/SHA256SUMS", name=name, sha256=sha256 or CHECKSUMS.get(name, "")
    )


def traefik_crds(mirror: str | None = None) -> Artefact:
    """Traefik's own file with the definitions of its custom resources, of the same version as TRAEFIK_IMAGE."""
    name = "kubernetes-crd-definition-v1.yml"
    location = (
        f"raw.githubusercontent.com/traefik/traefik/{TRAEFIK_VERSION}/docs/content/reference/dynamic-configuration"
    )
    return Artefact(
        url=f"{_mirrored(location, mirror)}/{name}",
        checksum_url="",
        name=name,
        sha256=CHECKSUMS[f"{TRAEFIK_VERSION}/{name}"],
    )


def _mirrored(location: str, mirror: str | None) -> str:
    """A URL of a publisher's host and path; on the mirror, if there is one."""
    return f"{mirror or 'https:/'}/{location}"
