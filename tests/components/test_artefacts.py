"""Downloads come from their publishers, or from the mirror in the same order of host and path."""

from components.artefacts import TAILSCALE_VERSION, TRAEFIK_IMAGE, TRAEFIK_VERSION, k3s, tailscale, traefik_crds
from components.settings.downloads import Downloads
from components.settings.k3s import Checksums, K3s

DIRECT = Downloads()
MIRRORED = Downloads(mirror="http://mirror.example/files")


def test_k3s_is_a_release_of_its_publisher() -> None:
    found = k3s("amd64", K3s(version="v1.36.3+k3s1"), DIRECT)
    assert found.url == "https://github.com/k3s-io/k3s/releases/download/v1.36.3%2Bk3s1/k3s"
    assert found.checksum_url == "https://github.com/k3s-io/k3s/releases/download/v1.36.3%2Bk3s1/sha256sum-amd64.txt"
    assert (found.name, found.sha256) == ("k3s", "")


def test_k3s_for_arm_has_another_name_and_checksum() -> None:
    found = k3s("arm64", K3s(sha256=Checksums(arm64="0a" * 32)), DIRECT)
    assert (found.name, found.sha256) == ("k3s-arm64", "0a" * 32)
    assert found.url.endswith("/k3s-arm64")
    assert found.checksum_url.endswith("/sha256sum-arm64.txt")


def test_tailscale_is_a_static_archive_with_a_checksum_beside_it() -> None:
    found = tailscale("arm64", DIRECT)
    assert found.url == f"https://pkgs.tailscale.com/stable/tailscale_{TAILSCALE_VERSION}_arm64.tgz"
    assert found.checksum_url == f"{found.url}.sha256"


def test_a_mirror_has_the_publishers_host_and_path() -> None:
    assert k3s("amd64", K3s(version="v1.36.3+k3s1"), MIRRORED).url == (
        "http://mirror.example/files/github.com/k3s-io/k3s/releases/download/v1.36.3%2Bk3s1/k3s"
    )
    assert tailscale("amd64", MIRRORED).url.startswith("http://mirror.example/files/pkgs.tailscale.com/stable/")


def test_traefik_s_definitions_are_of_its_own_version_and_pinned() -> None:
    found = traefik_crds(MIRRORED)
    folder = "raw.githubusercontent.com/traefik/traefik/v3.6.12/docs/content/reference/dynamic-configuration"
    assert found.url == f"http://mirror.example/files/{folder}/kubernetes-crd-definition-v1.yml"
    assert len(found.sha256) == 64
    assert TRAEFIK_IMAGE.endswith(f":{TRAEFIK_VERSION}")
