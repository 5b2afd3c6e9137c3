"""The lab's download mirror: the programs' files as their publishers lay them out, under each publisher's host name."""

import gzip
import io
import os
import shutil
import tarfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from lab.distribution.command import stopped
from lab.distribution.inputs import checksum, recipe_key
from lab.distribution.once import keep_latest, make_once, used
from lab.distribution.programs import FOLDER, K3S_VERSION, TAILSCALE_VERSION
from lab.lab import CACHE

ARCHITECTURES = ("amd64", "arm64")
"""Names under which publishers offer files. All give this computer's programs: a lab's hosts run on no other."""

K3S = f"github.com/k3s-io/k3s/releases/download/{K3S_VERSION}"
TAILSCALE = "pkgs.tailscale.com/stable"


def publish(programs: Mapping[str, Path], mirror: Path, cache: Path = CACHE) -> None:
    """Adds what the publishers of these built programs offer to the folder `mirror`, made if it is missing.

    To be called again as more programs are built: each file appears there whole. `mirror` is to be served as it is,
    with `/<publisher's host>/<path>` for a path. Programs without a publisher that hosts download from are left out.
    """
    for name, offer in _OFFERS.items():
        if name in programs:
            folder = cache / "downloads" / f"{name}-{recipe_key([programs[name].parent.name], _RECIPE)}"
            if make_once(folder, _filling(offer, programs[name]), stopped):
                keep_latest((cache / "downloads").glob(f"{name}-*"))
            used(folder)
            add_files(folder, mirror)


def _filling(offer: Callable[[Path, Path], None], program: Path) -> Callable[[Path], None]:
    return lambda folder: offer(program, folder)


def _offer_k3s(program: Path, folder: Path) -> None:
    """A release of k3s: the program for each architecture, and a list of checksums for each."""
    release = folder / K3S
    release.mkdir(parents=True)
    digest = checksum(program)
    for architecture in ARCHITECTURES:
        name = "k3s" if architecture == "amd64" else f"k3s-{architecture}"
        os.link(program, release / name)
        (release / f"sha256sum-{architecture}.txt").write_text(f"{digest}  {name}\n")


def _offer_tailscale(program: Path, folder: Path) -> None:
    """Archives of static binaries, each with a file beside it that is its checksum and nothing else."""
    stable = folder / TAILSCALE
    stable.mkdir(parents=True)
    for architecture in ARCHITECTURES:
        name = f"tailscale_{TAILSCALE_VERSION}_{architecture}"
        archive = stable / f"{name}.tgz"
        with archive.open("wb") as file:
            _pack_tailscale(program, name, file)
        (stable / f"{name}.tgz.sha256").write_text(checksum(archive))


def _pack_tailscale(program: Path, top: str, out: IO[bytes]) -> None:
    """Packs one program as the two that it is: which one, it takes from the name that it is started by."""
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
    """Puts every file of `folder` into `mirror`, in one step each; the cache may then forget its own."""
    for source in folder.rglob("*"):
        if source.is_file():
            target = mirror / source.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            new = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
            try:
                os.link(source, new)
            except OSError:  # the mirror is on another file system
                shutil.copy(source, new)
            new.replace(target)
            new.unlink(missing_ok=True)  # a rename to another name of the same file does nothing
