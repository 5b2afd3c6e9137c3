"""The mirror: files where their publishers have them, with the publishers' own lists of checksums."""

import hashlib
import os
import tarfile
from pathlib import Path

import pytest

from components import artefacts
from components.artefacts import ETCD_VERSION, K3S_VERSION, TAILSCALE_VERSION
from lab.distribution.mirror import pinned_checksums, publish

STABLE = "pkgs.tailscale.com/stable"
ETCD_NAME = f"etcd-v{ETCD_VERSION}-linux"
ETCD = f"github.com/etcd-io/etcd/releases/download/v{ETCD_VERSION}"
RELEASE = f"github.com/k3s-io/k3s/releases/download/{K3S_VERSION}"


@pytest.fixture
def programs(tmp_path: Path) -> dict[str, Path]:
    """Built programs as the builder gives them."""
    files = {
        name: tmp_path / "cache" / "programs" / f"{name}-1.0-abc" / name
        for name in ("k3s", "tailscaled", "pulumi", "etcd", "etcdctl", "etcdutl")
    }
    for name, file in files.items():
        file.parent.mkdir(parents=True)
        file.write_text(f"this is {name}")
        file.chmod(0o755)
    return files


@pytest.fixture
def mirror(programs: dict[str, Path], tmp_path: Path) -> Path:
    """The mirror of all of them."""
    publish(programs, tmp_path / "mirror", tmp_path / "cache")
    return tmp_path / "mirror"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_there_is_nothing_but_what_publishers_offer(mirror: Path) -> None:
    assert sorted(str(path.relative_to(mirror)) for path in mirror.rglob("*") if path.is_file()) == [
        *(f"{ETCD}/{name}" for name in ("SHA256SUMS", f"{ETCD_NAME}-amd64.tar.gz", f"{ETCD_NAME}-arm64.tar.gz")),
        f"{RELEASE}/k3s",
        f"{RELEASE}/k3s-arm64",
        f"{RELEASE}/sha256sum-amd64.txt",
        f"{RELEASE}/sha256sum-arm64.txt",
        f"{STABLE}/tailscale_{TAILSCALE_VERSION}_amd64.tgz",
        f"{STABLE}/tailscale_{TAILSCALE_VERSION}_amd64.tgz.sha256",
        f"{STABLE}/tailscale_{TAILSCALE_VERSION}_arm64.tgz",
        f"{STABLE}/tailscale_{TAILSCALE_VERSION}_arm64.tgz.sha256",
    ]


def test_a_release_of_k3s_has_its_checksums(mirror: Path) -> None:
    sums = (mirror / RELEASE / "sha256sum-arm64.txt").read_text()
    assert sums == f"{digest(mirror / RELEASE / 'k3s-arm64')}  k3s-arm64\n"


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_a_release_of_etcd_has_its_checksums_and_its_programs(mirror: Path, architecture: str, tmp_path: Path) -> None:
    wanted = artefacts.etcd(architecture, "http://mirror.lab.test")
    archive = mirror / wanted.url.removeprefix("http://mirror.lab.test/")
    sums = (mirror / wanted.checksum_url.removeprefix("http://mirror.lab.test/")).read_text()
    assert f"{digest(archive)}  {wanted.name}\n" in sums
    assert pinned_checksums(mirror, etcd=True)["datastore"][architecture] == digest(archive)
    assert "datastore" not in pinned_checksums(mirror)
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    for name in ("etcd", "etcdctl", "etcdutl"):
        program = tmp_path / "unpacked" / f"{ETCD_NAME}-{architecture}" / name
        assert program.read_text() == f"this is {name}"
        assert os.access(program, os.X_OK)


def test_a_part_of_etcd_alone_is_no_release(programs: dict[str, Path], tmp_path: Path) -> None:
    publish({"etcd": programs["etcd"]}, tmp_path / "mirror", tmp_path / "cache")
    assert not (tmp_path / "mirror" / ETCD).exists()


def test_an_archive_of_tailscale_has_its_checksum_and_nothing_else_beside_it(mirror: Path) -> None:
    archive = mirror / STABLE / f"tailscale_{TAILSCALE_VERSION}_amd64.tgz"
    assert archive.with_name(f"{archive.name}.sha256").read_text() == digest(archive)


def test_an_archive_of_tailscale_unpacks_as_the_publishers_does(mirror: Path, tmp_path: Path) -> None:
    with tarfile.open(mirror / STABLE / f"tailscale_{TAILSCALE_VERSION}_arm64.tgz") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    top = tmp_path / "unpacked" / f"tailscale_{TAILSCALE_VERSION}_arm64"
    for name in ("tailscale", "tailscaled"):
        assert (top / name).read_text() == "this is tailscaled"
        assert os.access(top / name, os.X_OK)
    assert "/usr/sbin/tailscaled" in (top / "systemd" / "tailscaled.service").read_text()
    assert 'PORT="41641"' in (top / "systemd" / "tailscaled.defaults").read_text()


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_hosts_find_tailscale_where_the_program_looks(mirror: Path, architecture: str) -> None:
    wanted = artefacts.tailscale(architecture, "http://mirror.lab.test")
    for url in (wanted.url, wanted.checksum_url):
        assert (mirror / url.removeprefix("http://mirror.lab.test/")).is_file(), url


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_settings_can_pin_what_hosts_will_find(mirror: Path, architecture: str) -> None:
    pinned = pinned_checksums(mirror)
    binary = "k3s" if architecture == "amd64" else "k3s-arm64"
    assert pinned["k3s"][architecture] == digest(mirror / RELEASE / binary)
    archive = mirror / STABLE / f"tailscale_{TAILSCALE_VERSION}_{architecture}.tgz"
    assert pinned["tailnet"][architecture] == digest(archive)


def test_programs_that_are_built_later_are_added(programs: dict[str, Path], tmp_path: Path) -> None:
    mirror, cache = tmp_path / "mirror", tmp_path / "cache"
    publish({"tailscaled": programs["tailscaled"]}, mirror, cache)
    assert not (mirror / RELEASE).exists()
    publish({"k3s": programs["k3s"]}, mirror, cache)
    assert (mirror / RELEASE / "k3s").is_file()
    assert (mirror / STABLE / f"tailscale_{TAILSCALE_VERSION}_amd64.tgz").is_file()


def test_another_build_takes_the_place_of_the_one_before(programs: dict[str, Path], tmp_path: Path) -> None:
    mirror, cache = tmp_path / "mirror", tmp_path / "cache"
    publish({"k3s": programs["k3s"]}, mirror, cache)
    other = cache / "programs" / "k3s-1.0-def" / "k3s"
    other.parent.mkdir()
    other.write_text("this is another k3s")
    publish({"k3s": other}, mirror, cache)
    assert (mirror / RELEASE / "k3s").read_text() == "this is another k3s"
    assert digest(mirror / RELEASE / "k3s") in (mirror / RELEASE / "sha256sum-amd64.txt").read_text()


def test_publishing_again_leaves_no_other_files(programs: dict[str, Path], mirror: Path, tmp_path: Path) -> None:
    before = sorted(mirror.rglob("*"))
    publish(programs, mirror, tmp_path / "cache")
    assert sorted(mirror.rglob("*")) == before
