"""Builds the images once and keeps them in the cache, by a hash of their recipes."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from lab.image.sources import RELEASE, debian_sources
from lab.lab import CACHE
from lab.lock import locked
from lab.progress import Report

PACKAGES = (
    *("ca-certificates", "cloud-init", "curl", "dbus", "iproute2", "iptables", "iputils-ping", "kmod", "netbase"),
    *("nftables", "openssh-server", "procps", "python3", "sudo", "systemd", "systemd-sysv"),
)

# Packages unpack in a fraction of the time, in the hosts too: nobody reads manuals there, and a lab needs no fsync.
DPKG_OPTIONS = (
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/doc/*",
    "path-exclude=/usr/share/locale/*",
    "force-unsafe-io",
)
CUSTOMISE = Path(__file__).with_name("customise.sh")
UBUNTU = Path(__file__).with_name("ubuntu.sh")
FOLDER = CACHE / "image"


class ImageError(Exception):
    """The image could not be built: says why and which log to read."""


def built_image(system: str = "debian") -> Path:
    """Root folder of the present recipe's image of `debian` or `ubuntu`. Raises ImageError if it has not been built."""
    image = _ubuntu() if system == "ubuntu" else FOLDER / recipe_hash()
    if not image.is_dir():
        raise ImageError(f"the hosts' image {image} is not there: build it with `make up`")
    return image


def build_image(report: Report) -> Path:
    """Build the images that the cache lacks; returns the root folder of Debian's, which nobody may write to.

    Takes about a minute. Safe to call from several processes at once, and after one that was killed.
    """
    image = FOLDER / recipe_hash()
    if image.is_dir() and _ubuntu().is_dir():
        return image
    FOLDER.mkdir(parents=True, exist_ok=True)
    with locked(FOLDER / "lock"):
        for leftover in FOLDER.glob(".building-*"):
            shutil.rmtree(leftover)
        if not image.is_dir():
            with report.begin("image", f"making Debian {RELEASE}"):
                _build(image, FOLDER / f".building-{os.getpid()}", FOLDER / "build.log")
        if not _ubuntu().is_dir():
            _derive(image, UBUNTU, _ubuntu(), FOLDER / f".building-{os.getpid()}")
    return image


def recipe_hash() -> str:
    """What the image is made from, as 16 hex digits."""
    recipe = "\n".join([RELEASE, *PACKAGES, *DPKG_OPTIONS, CUSTOMISE.read_text()])
    return hashlib.sha256(recipe.encode()).hexdigest()[:16]


def _ubuntu() -> Path:
    """Where the image is that is made of Debian's by UBUNTU."""
    return FOLDER / f"{recipe_hash()}-ubuntu-{hashlib.sha256(UBUNTU.read_bytes()).hexdigest()[:16]}"


def _derive(image: Path, script: Path, derived: Path, folder: Path) -> None:
    """Make a copy of an image and let a script change it; in place once it is whole."""
    try:
        subprocess.run(["cp", "-a", "--reflink=auto", str(image), str(folder)], check=True)
        changed = subprocess.run(["bash", str(script), str(folder)], capture_output=True, text=True, check=False)
        if changed.returncode != 0:
            raise ImageError(f"the hosts' image could not be made: {script.name}: {changed.stderr.strip()}")
        folder.rename(derived)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _build(image: Path, folder: Path, log: Path) -> None:
    """Make the image in `folder` and move it to its place in one step, so that a folder in place is a whole one."""
    try:
        (folder / "root").mkdir(parents=True)
        (folder / "root").chmod(0o755)
        # By file: it may hold a proxy's password.
        (folder / "acquire").touch(mode=0o600)
        (folder / "acquire").write_text(_machine_settings())
        with log.open("w") as output:
            result = subprocess.run(
                _command(folder), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
            )
        if result.returncode != 0:
            raise ImageError(f"the hosts' image could not be made: {_last_error(log)} (log: {log})")
        (folder / "root").rename(image)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _machine_settings() -> str:
    """This machine's proxies, time-outs and the like for apt's downloads: what it needs, the image's build needs."""
    return subprocess.run(["apt-config", "dump", "Acquire"], check=True, capture_output=True, text=True).stdout


def _command(folder: Path) -> list[str]:
    """mmdebstrap in namespaces that end with us: a killed build leaves neither mount nor process."""
    return [
        *("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--mount-proc"),
        *("--kill-child=KILL", "mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory"),
        f"--include={','.join(PACKAGES)}",
        f"--aptopt={folder / 'acquire'}",
        *(f"--dpkgopt={option}" for option in DPKG_OPTIONS),
        f"--customize-hook={CUSTOMISE}",
        *(RELEASE, str(folder / "root")),
        *(str(source) for source in debian_sources()),
    ]


def _last_error(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.startswith(("E:", "W:"))]
    return lines[-1] if lines else "mmdebstrap failed"
