"""The lab's download mirror: a folder for each publisher's host, with files at the same paths as at the publisher."""

import gzip
import io
import os
import shutil
import tarfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from components.artefacts import K3S_VERSION, TAILSCALE_VERSION
from lab.distribution.command import stopped
from lab.distribution.inputs import checksum, recipe_key
from lab.distribution.once import keep_latest, make_once, used
from lab.distribution.programs import FOLDER
from lab.lab import CACHE

ARCHITECTURES = ("amd64", "arm64")
"""Architectures in publishers' file names. All files have this computer's programs: the lab's hosts run here."""

K3S = f"github.com/k3s-io/k3s/releases/download/{K3S_VERSION}"
TAILSCALE = "pkgs.tailscale.com/stable"


def publish(programs: Mapping[str, Path], mirror: Path, cache: Path = CACHE) -> None:
    """Adds the publishers' files for these built programs to the folder `mirror`. Creates the folder if it is missing.

    May be called again when more programs are built. Each file appears complete. The folder can be served as it is: the
    paths are `/<publisher's host>/<path>`. Skips programs that hosts do not download.
    """
    for name, offer in _OFFERS.items():
        if name in programs:
            folder = cache / "downloads" / f"{name}-{recipe_key([programs[name].parent.name], _RECIPE)}"
            if make_once(folder, _filling(offer, programs[name]), stopped):
                keep_latest((cache / "downloads").glob(f"{name}-*"))
            used(folder)
            add_files(folder, mirror)


def pinned_checksums(mirror: Path) -> Mapping[str, Mapping[str, str]]:
    """SHA-256 of the mirror's files, by section of the settings and by architecture. Both programs must be published.

    The mirror has the lab's own builds, so the publishers' checksums are wrong for them.
    """
    lists = {
        "k3s": [mirror / K3S / f"sha256sum-{architecture}.txt" for architecture in ARCHITECTURES],
        "tailnet": [mirror / TAILSCALE / f"{_archive(architecture)}.tgz.sha256" for architecture in ARCHITECTURES],
    }
    return {
        part: dict(zip(ARCHITECTURES, (file.read_text().split()[0] for file in files), strict=True))
        for part, files in lists.items()
    }


def _filling(offer: Callable[[Path, Path], None], program: Path) -> Callable[[Path], None]:
    return lambda folder: offer(program, folder)


def _offer_k3s(program: Path, folder: Path) -> None:
    """A release of k3s: for each architecture the program and a list of checksums."""
    release = folder / K3S
    release.mkdir(parents=True)
    digest = checksum(program)
    for architecture in ARCHITECTURES:
        name = "k3s" if architecture == "amd64" else f"k3s-{architecture}"
        os.link(program, release / name)
        (release / f"sha256sum-{architecture}.txt").write_text(f"{digest}  {name}\n")


def _offer_tailscale(program: Path, folder: Path) -> None:
    """Archives of static binaries. Beside each is a file with its checksum only."""
    stable = folder / TAILSCALE
    stable.mkdir(parents=True)
    for architecture in ARCHITECTURES:
        name = _archive(architecture)
        archive = stable / f"{name}.tgz"
        with archive.open("wb") as file:
            _pack_tailscale(program, name, file)
        (stable / f"{name}.tgz.sha256").write_text(checksum(archive))


def _archive(architecture: str) -> str:
    return f"tailscale_{TAILSCALE_VERSION}_{architecture}"


def _pack_tailscale(program: Path, top: str, out: IO[bytes]) -> None:
    """Packs one program under two names. The program behaves as one or the other, by the name that starts it."""
    with (
        gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=0, compresslevel=1) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        daemon = tarfile.TarInfo(f"{top}/tailscaled")
        daemon.size, daemon.mode = program.stat().st_size, 0o755
        with program.open("rb") as source:
            archive.addfile(daemon, source)
        client = tarfile.TarInfo(f"{top}/tailscale")
        client.type, client.linkname, client.mode = tarfile.LNKTYPE, daemon.name, 0o755
        archive.addfile(client)
        for name in ("tailscaled.service", "tailscaled.defaults"):
            text = (FOLDER / "downloads" / name).read_bytes()
            member = tarfile.TarInfo(f"{top}/systemd/{name}")
            member.size, member.mode = len(text), 0o644
            archive.addfile(member, io.BytesIO(text))


_RECIPE = (Path(__file__), *sorted((FOLDER / "downloads").iterdir()))
_OFFERS: Mapping[str, Callable[[Path, Path], None]] = {"tailscaled": _offer_tailscale, "k3s": _offer_k3s}


def add_files(folder: Path, mirror: Path) -> None:
    """Puts every file of `folder` into `mirror`, each atomically. Later, the cache may remove its own files."""
    for source in folder.rglob("*"):
        if source.is_file():
            target = mirror / source.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            new = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
            try:
                os.link(source, new)
            except OSError:  # if the mirror is on another file system
                shutil.copy(source, new)
            new.replace(target)
            new.unlink(missing_ok=True)  # a rename to another name of the same file does nothing
