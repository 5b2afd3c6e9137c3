"""The lab's Debian mirror: a flat repository with all packages that hosts install on top of the lab's image.

It contains a second repository for hosts with the Ubuntu image: see ubuntu.py.
"""

import gzip
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab.distribution.command import stopped
from lab.distribution.inputs import recipe_key
from lab.distribution.once import keep_latest, make_once, used
from lab.distribution.ubuntu import SOURCE as UBUNTU
from lab.distribution.ubuntu import add_ubuntu
from lab.image import build_image, debian_sources
from lab.lab import CACHE
from lab.progress import Report

GROUPS = (
    "mariadb-server mariadb-backup galera-4 rsync socat pv",
    "galera-arbitrator-4",
    "haproxy",
    "conntrack ebtables ethtool ipset iptables nftables socat kmod",
    "ca-certificates curl gnupg jq",
    "busybox-static tcpdump",
    "age",
    "python3-pymysql",
    "python3-psycopg2",
    "etcd-client",
)
"""Packages that are installed together. Each group is resolved alone, so that it does not depend on other groups."""


class PackagesError(RuntimeError):
    """The repository could not be built. The message is one line with apt's error and the log to read."""


def package_repository(report: Report, groups: Sequence[str] = GROUPS, cache: Path = CACHE) -> Path:
    """The repository's folder, to serve as it is. In sources.list: `deb [trusted=yes] http://… ./`.

    It is built once for each list of packages and image, in about 10 s. The packages come from this machine's own
    package sources, with its apt's proxies and keys. Installs nothing, and does not change the machine's apt. Raises
    PackagesError, and the errors of build_image.
    """
    image = build_image(report)
    folder = cache / "packages" / recipe_key([image.name, *groups], [Path(__file__), UBUNTU])
    with report.begin("packages", "downloading Debian packages", minor=True) as task:
        if make_once(folder, lambda partial: _make(partial, image, groups, cache / "log" / "packages.log"), stopped):
            keep_latest(path for path in (cache / "packages").iterdir() if path.is_dir())
        used(folder)
        task.done(f"{len(list((folder / 'debs').iterdir()))} Debian packages")
    return folder


def packaged_program(name: str, report: Report, cache: Path = CACHE) -> Path:
    """The static program from Debian's package NAME-static, in /bin. Raises the errors of package_repository."""
    (package,) = (package_repository(report, cache=cache) / "debs").glob(f"{name}-static_*.deb")
    folder = cache / "packaged" / package.stem
    if make_once(folder, lambda partial: _take(name, package, partial), stopped):
        keep_latest(path for path in (cache / "packaged").glob(f"{name}-static_*") if path.is_dir())
    used(folder)
    return folder / name


def _take(name: str, package: Path, folder: Path) -> None:
    files = folder / "files"
    subprocess.run(["dpkg-deb", "--extract", package, files], check=True)
    (files / "bin" / name).rename(folder / name)
    shutil.rmtree(files)


def _make(folder: Path, image: Path, groups: Sequence[str], log: Path) -> None:
    apt = folder / "apt"
    debs = folder / "debs"
    (debs / "partial").mkdir(parents=True)
    configuration = _configure(apt, debs, image / "var/lib/dpkg/status")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        for arguments in (["update"], *(["install", "--download-only", "-y", *group.split()] for group in groups)):
            result = subprocess.run(
                ["setpriv", "--pdeathsig", "KILL", "apt-get", "-q", *arguments],
                env={**os.environ, "APT_CONFIG": str(configuration), "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
            if result.returncode != 0:
                raise PackagesError(f"apt-get {' '.join(arguments)}: {_last_error(log)} (log: {log})")
    shutil.rmtree(apt)
    shutil.rmtree(debs / "partial")
    (debs / "lock").unlink(missing_ok=True)
    _index(folder)
    try:
        _index(add_ubuntu(folder))
    except ValueError as error:
        raise PackagesError(str(error)) from None


def _configure(apt: Path, debs: Path, status: Path) -> Path:
    """Configures a separate apt: the image's installed packages, this machine's sources and proxies, but no hooks."""
    for name in ("sources", "lists/partial", "dpkg"):
        (apt / name).mkdir(parents=True)
    sources = debian_sources()
    if not sources:
        raise PackagesError("this machine's apt has no source of the main component of the image's Debian release")
    for source in sources:
        shutil.copy(source, apt / "sources")
    shutil.copy(status, apt / "dpkg" / "status")
    acquire = subprocess.run(["apt-config", "dump", "Acquire"], check=True, capture_output=True, text=True).stdout
    settings = {
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": apt / "sources",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::State": apt,
        "Dir::State::status": apt / "dpkg" / "status",
        "Dir::Cache": apt,
        "Dir::Cache::archives": debs,
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "true",
    }
    configuration = apt / "apt.conf"
    configuration.touch(mode=0o600)  # the file may contain a proxy's password
    configuration.write_text(acquire + "".join(f'{name} "{value}";\n' for name, value in settings.items()))
    return configuration


def _index(folder: Path) -> None:
    """Writes the repository's index: the list of packages, plain and compressed, and its checksums."""
    packages = _ftparchive(folder, "packages", "debs")
    (folder / "Packages").write_bytes(packages)
    (folder / "Packages.gz").write_bytes(gzip.compress(packages, mtime=0))
    release = _ftparchive(folder, "-o", "APT::FTPArchive::Release::Origin=lab", "release", ".")
    (folder / "Release").write_bytes(release)


def _ftparchive(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(["apt-ftparchive", *arguments], cwd=folder, check=True, capture_output=True).stdout


def _last_error(log: Path) -> str:
    errors = [line[2:].strip() for line in log.read_text(errors="replace").splitlines() if line.startswith("E:")]
    return errors[0] if errors else "failed"
