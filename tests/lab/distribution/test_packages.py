"""The package repository: for the hosts' image alone, by an apt that has of the machine's only the way out."""

import subprocess
from pathlib import Path

import pytest

from lab.distribution import packages
from lab.distribution.packages import GROUPS, PackagesError, package_repository
from lab.progress import Silence

# FAKE_APT: a folder. calls: what apt-get was asked. error: what it says before it fails.
_APT = """#!/bin/sh
echo "$*" >>"$FAKE_APT/calls"
cp "$APT_CONFIG" "$FAKE_APT/configuration"
if [ -e "$FAKE_APT/error" ]; then cat "$FAKE_APT/error"; exit 100; fi
archives=$(sed -n 's/^Dir::Cache::archives "\\(.*\\)";/\\1/p' "$APT_CONFIG")
for word; do case $word in -*|update|install) ;; *) echo "$word" >"$archives/$word.deb" ;; esac; done
touch "$archives/lock"
"""
_INDEX = '#!/bin/sh\nif [ "$1" = packages ]; then ls debs; else echo "Origin: lab"; fi\n'
_SETTINGS = "#!/bin/sh\necho 'Acquire::Retries \"3\";'\n"


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt that downloads nothing, and an image with one package in it. Its folder."""
    folder = tmp_path / "apt"
    (folder / "bin").mkdir(parents=True)
    for name, text in {"apt-get": _APT, "apt-ftparchive": _INDEX, "apt-config": _SETTINGS}.items():
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    (tmp_path / "debian.sources").write_text("Types: deb\n")
    (tmp_path / "image" / "var/lib/dpkg").mkdir(parents=True)
    (tmp_path / "image" / "var/lib/dpkg/status").write_text("Package: curl\n")
    monkeypatch.setenv("PATH", str(folder / "bin"), prepend=":")
    monkeypatch.setenv("FAKE_APT", str(folder))
    monkeypatch.setattr(packages, "build_image", lambda report: tmp_path / "image")
    monkeypatch.setattr(packages, "debian_sources", lambda: (tmp_path / "debian.sources",))
    return folder


def test_each_group_is_resolved_alone(apt: Path, tmp_path: Path) -> None:
    package_repository(Silence(), ["haproxy socat", "jq"], tmp_path / "cache")
    assert (apt / "calls").read_text().splitlines() == [
        "-q update",
        "-q install --download-only -y haproxy socat",
        "-q install --download-only -y jq",
    ]


def test_the_repository_has_packages_their_index_and_nothing_else(apt: Path, tmp_path: Path) -> None:
    folder = package_repository(Silence(), ["haproxy", "jq"], tmp_path / "cache")
    assert sorted(path.name for path in folder.iterdir()) == ["Packages", "Packages.gz", "Release", "debs", "ubuntu"]
    for debs in (folder / "debs", folder / "ubuntu/debs"):
        assert sorted(path.name for path in debs.iterdir()) == ["haproxy.deb", "jq.deb"]
    unpacked = subprocess.run(["gzip", "-dc", folder / "Packages.gz"], capture_output=True, check=True).stdout
    assert unpacked == (folder / "Packages").read_bytes() == b"haproxy.deb\njq.deb\n"


def test_it_is_made_once_for_a_list_and_an_image(apt: Path, tmp_path: Path) -> None:
    first = package_repository(Silence(), ["jq"], tmp_path / "cache")
    calls = (apt / "calls").read_text()
    assert package_repository(Silence(), ["jq"], tmp_path / "cache") == first
    assert (apt / "calls").read_text() == calls
    assert package_repository(Silence(), ["jq socat"], tmp_path / "cache") != first


def test_apt_runs_none_of_the_machines_hooks_and_goes_its_way_out(apt: Path, tmp_path: Path) -> None:
    package_repository(Silence(), ["jq"], tmp_path / "cache")
    configuration = (apt / "configuration").read_text()
    assert 'Dir::Etc::parts "/dev/null";' in configuration
    assert 'Dir::Etc::sourcelist "/dev/null";' in configuration
    assert 'Acquire::Retries "3";' in configuration
    assert f'"{tmp_path / "image"}' not in configuration


def test_a_missing_package_is_named_and_nothing_stays(apt: Path, tmp_path: Path) -> None:
    (apt / "error").write_text("Reading package lists...\nE: Unable to locate package nonesuch\n")
    with pytest.raises(
        PackagesError, match=r"^apt-get update: Unable to locate package nonesuch \(log: .*packages.log"
    ):
        package_repository(Silence(), ["nonesuch"], tmp_path / "cache")
    assert [path for path in (tmp_path / "cache" / "packages").iterdir() if path.is_dir()] == []


def test_a_machine_without_the_release_is_told(apt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert apt.is_dir()
    monkeypatch.setattr(packages, "debian_sources", tuple)
    with pytest.raises(PackagesError, match="apt has no source of the main component"):
        package_repository(Silence(), ["jq"], tmp_path / "cache")


@pytest.mark.parametrize("package", ["mariadb-server", "mariadb-backup", "galera-4", "galera-arbitrator-4", "haproxy"])
def test_what_the_program_installs_is_offered(package: str) -> None:
    assert package in " ".join(GROUPS).split()
