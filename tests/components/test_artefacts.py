"""Downloads come from their publishers, or from the mirror in the same order of host and path; all ours are pinned."""

import re
from pathlib import Path

import pytest

from components.artefacts import (
    CHECKSUMS,
    ETCD_VERSION,
    K3S_VERSION,
    TAILSCALE_VERSION,
    TRAEFIK_IMAGE,
    TRAEFIK_VERSION,
    etcd,
    k3s,
    tailscale,
    traefik_crds,
)
from tests.stack import ROOT

MIRROR = "http://mirror.example/files"
ARCHITECTURES = ("amd64", "arm64")
OTHER = "v1.35.6+k3s1"
VERSION = re.compile(r"(?<![\d.])v?\d+\.\d+\.\d+(?!\.?\d)|RELEASE\.\d{4}")
IMAGE = re.compile(r"[a-z0-9-]+\.(?!example)[a-z]+(/[a-z0-9._-]+)+:\w|\b\w+:[\w.-]+:[\w.-]+:(latest|\d)")


def test_k3s_is_a_release_of_its_publisher() -> None:
    found = k3s("amd64", OTHER)
    assert found.url == "https://github.com/k3s-io/k3s/releases/download/v1.35.6%2Bk3s1/k3s"
    assert found.checksum_url == "https://github.com/k3s-io/k3s/releases/download/v1.35.6%2Bk3s1/sha256sum-amd64.txt"
    assert (found.name, found.sha256) == ("k3s", "")


def test_k3s_for_arm_has_another_name_and_checksum() -> None:
    found = k3s("arm64", OTHER, sha256="0a" * 32)
    assert (found.name, found.sha256) == ("k3s-arm64", "0a" * 32)
    assert found.url.endswith("/k3s-arm64")
    assert found.checksum_url.endswith("/sha256sum-arm64.txt")


def test_tailscale_is_a_static_archive_with_a_checksum_beside_it() -> None:
    found = tailscale("arm64")
    assert found.url == f"https://pkgs.tailscale.com/stable/tailscale_{TAILSCALE_VERSION}_arm64.tgz"
    assert found.checksum_url == f"{found.url}.sha256"


def test_a_mirror_has_the_publishers_host_and_path() -> None:
    assert k3s("amd64", OTHER, MIRROR).url == (
        "http://mirror.example/files/github.com/k3s-io/k3s/releases/download/v1.35.6%2Bk3s1/k3s"
    )
    assert tailscale("amd64", MIRROR).url.startswith("http://mirror.example/files/pkgs.tailscale.com/stable/")


def test_traefik_s_definitions_are_of_its_own_version() -> None:
    found = traefik_crds(MIRROR)
    folder = "raw.githubusercontent.com/traefik/traefik/v3.6.12/docs/content/reference/dynamic-configuration"
    assert found.url == f"http://mirror.example/files/{folder}/kubernetes-crd-definition-v1.yml"
    assert TRAEFIK_IMAGE.endswith(f":{TRAEFIK_VERSION}")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_all_that_a_host_downloads_by_default_is_pinned(architecture: str) -> None:
    for artefact in (tailscale(architecture), k3s(architecture, K3S_VERSION), traefik_crds()):
        assert re.fullmatch(r"[0-9a-f]{64}", artefact.sha256), artefact.name


def test_etcd_s_checksums_are_its_publishers_list_unless_settings_pin_one() -> None:
    """None was seen in public for this version: docs/versions.md says so. Each host takes the list by https."""
    found = etcd("arm64")
    release = f"https://github.com/etcd-io/etcd/releases/download/v{ETCD_VERSION}"
    assert found.url == f"{release}/etcd-v{ETCD_VERSION}-linux-arm64.tar.gz"
    assert (found.checksum_url, found.sha256) == (f"{release}/SHA256SUMS", "")
    assert etcd("amd64", MIRROR, "0d" * 32).sha256 == "0d" * 32


def test_etcd_is_of_a_version_without_the_faults_of_earlier_ones() -> None:
    """Below 3.6.12, adding members, promoting learners and TLS have faults."""
    assert tuple(map(int, ETCD_VERSION.split("."))) >= (3, 6, 12)


def test_there_is_no_checksum_of_a_version_that_is_not_pinned() -> None:
    used = {f"tailscale_{TAILSCALE_VERSION}_{one}.tgz" for one in ARCHITECTURES}
    used |= {f"{K3S_VERSION}/k3s", f"{K3S_VERSION}/k3s-arm64", f"{TRAEFIK_VERSION}/{traefik_crds().name}"}
    assert set(CHECKSUMS) == used
    assert len(set(CHECKSUMS.values())) == len(CHECKSUMS)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_settings_pin_another_build_in_place_of_the_publishers(architecture: str) -> None:
    assert tailscale(architecture, MIRROR, "0b" * 32).sha256 == "0b" * 32
    assert k3s(architecture, K3S_VERSION, MIRROR, "0c" * 32).sha256 == "0c" * 32


def test_no_version_and_no_image_stands_anywhere_else() -> None:
    folder = ROOT / "components"
    files = [path for path in folder.rglob("*") if path.suffix in {".py", ".sh", ".yaml"}]
    files.remove(folder / "artefacts.py")
    assert len(files) > 100
    assert [found for path in files for found in _pins(path)] == []


@pytest.mark.parametrize(
    "line",
    [
        'VERSION = "v3.6.12"',
        "curl https://publisher.example/tool-1.2.3.tgz",
        'IMAGE = "docker.io/library/traefik:latest"',
        'image: str = "docker.io/minio/minio:RELEASE.2025-09-07T16-13-09Z"',
        'amd64: str = "Debian:debian-12:12-gen2:latest"',
    ],
)
def test_a_pin_is_found_wherever_it_is_written(line: str, tmp_path: Path) -> None:
    (tmp_path / "thing.py").write_text(f"{line}\n")
    assert _pins(tmp_path / "thing.py")


def _pins(path: Path) -> list[str]:
    """Where a file names a version or an image. Addresses have four numbers."""
    lines = enumerate(path.read_text().splitlines(), 1)
    return [f"{path.name}:{number}: {line}" for number, line in lines if VERSION.search(line) or IMAGE.search(line)]
