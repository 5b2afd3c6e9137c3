"""The lab's download mirror: a folder for each publisher's host, with files at the same paths as at the publisher."""

import gzip
import io
import os
import shutil
import tarfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from components.artefacts import ETCD_VERSION, K3S_VERSION, TAILSCALE_VERSION
from lab.distribution.command import stopped
from lab.distribution.inputs import checksum, recipe_key
from lab.distribution.once import keep_latest, make_once, used
from lab.distribution.programs import FOLDER, GROUPS
from lab.lab import CACHE

ARCHITECTURES = ("amd64", "arm64")
"""Architectures in publishers' file names. All files have this computer's programs: the lab's hosts run here."""

ETCD = f"github.com/etcd-io/etcd/releases/download/v{ETCD_VERSION}"
K3S = f"github.com/k3s-io/k3s/releases/download/{K3S_VERSION}"
TAILSCALE = "pkgs.tailscale.com/stable"


def publish(programs: Mapping[str, Path], mirror: Path, cache: Path = CACHE) -> None:
    """Adds the publishers' files for these built programs to the folder `mirror`. Creates the folder if it is missing.

    May be called again when more programs are built. Each file appears complete. The folder can be served as it is: the
    paths are `/<publisher's host>/<path>`. Skips programs that hosts do not download.
    """
    for name, (parts, offer) in _OFFERS.items():
        if programs.keys() >= set(parts):
            key = recipe_key([programs[part].parent.name for part in parts], _RECIPE)
            folder = cache / "downloads" / f"{name}-{key}"
            if make_once(folder, _filling(offer, [programs[part] for part in parts]), stopped):
                keep_latest((cache / "downloads").glob(f"{name}-*"))
            used(folder)
            add_files(folder, mirror)


def pinned_checksums(mirror: Path, *, etcd: bool = False) -> Mapping[str, Mapping[str, str]]:
    """SHA-256 of the mirror's files, by section of the settings and by architecture. Their programs must be published.

    The mirror has the lab's own builds, so the publishers' checksums are wrong for them.
    """
    lists = {
        "k3s": [mirror / K3S / f"sha256sum-{architecture}.txt" for architecture in ARCHITECTURES],
        "tailnet": [mirror / TAILSCALE / f"{_archive(architecture)}.tgz.sha256" for architecture in ARCHITECTURES],
    }
    found = {
        part: dict(zip(ARCHITECTURES, (file.read_text().split()[0] for file in files), strict=True))
        for part, files in lists.items()
    }
    if etcd:
        lines = (mirror / ETCD / "SHA256SUMS").read_text().splitlines()
        of_etcd = {name: digest for digest, name in map(str.split, lines)}
        found["datastore"] = {one: of_etcd[f"{_etcd_archive(one)}.tar.gz"] for one in ARCHITECTURES}
    return found


def _filling(offer: Callable[[Sequence[Path], Path], None], programs: Sequence[Path]) -> Callable[[Path], None]:
    return lambda folder: offer(programs, folder)


def _offer_k3s(programs: Sequence[Path], folder: Path) -> None:
    """A release of k3s: for each architecture the program and a list of checksums."""
    (program,) = programs
    release = folder / K3S
    release.mkdir(parents=True)
    digest = checksum(program)
    for architecture in ARCHITECTURES:
        name = "k3s" if architecture == "amd64" else f"k3s-{architecture}"
        os.link(program, release / name)
        (release / f"sha256sum-{architecture}.txt").write_text(f"{digest}  {name}\n")


def _offer_etcd(programs: Sequence[Path], folder: Path) -> None:
    """A release of etcd: for each architecture an archive with its three programs, and one list of checksums."""
    release = folder / ETCD
    release.mkdir(parents=True)
    sums = []
    for architecture in ARCHITECTURES:
        name = _etcd_archive(architecture)
        archive = release / f"{name}.tar.gz"
        with archive.open("wb") as file, _packing(file) as packed:
            for program in programs:
                _add_program(packed, f"{name}/{program.name}", program)
        sums.append(f"{checksum(archive)}  {archive.name}\n")
    (release / "SHA256SUMS").write_text("".join(sums))


def _etcd_archive(architecture: str) -> str:
    return f"etcd-v{ETCD_VERSION}-linux-{architecture}"


def _offer_tailscale(programs: Sequence[Path], folder: Path) -> None:
    """Archives of static binaries. Beside each is a file with its checksum only."""
    (program,) = programs
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
    with _packing(out) as archive:
        _add_program(archive, f"{top}/tailscaled", program)
        client = tarfile.TarInfo(f"{top}/tailscale")
        client.type, client.linkname, client.mode = tarfile.LNKTYPE, f"{top}/tailscaled", 0o755
        archive.addfile(client)
        for name in ("tailscaled.service", "tailscaled.defaults"):
            text = (FOLDER / "downloads" / name).read_bytes()
            member = tarfile.TarInfo(f"{top}/systemd/{name}")
            member.size, member.mode = len(text), 0o644
            archive.addfile(member, io.BytesIO(text))


@contextmanager
def _packing(out: IO[bytes]) -> Iterator[tarfile.TarFile]:
    """A compressed archive that depends on its content alone."""
    with (
        gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=0, compresslevel=1) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        yield archive


def _add_program(archive: tarfile.TarFile, name: str, program: Path) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = program.stat().st_size, 0o755
    with program.open("rb") as source:
        archive.addfile(member, source)


_RECIPE = (Path(__file__), *sorted((FOLDER / "downloads").iterdir()))
_OFFERS: Mapping[str, tuple[tuple[str, ...], Callable[[Sequence[Path], Path], None]]] = {
    "tailscaled": (("tailscaled",), _offer_tailscale),
    "k3s": (("k3s",), _offer_k3s),
    "etcd": (GROUPS["etcd"], _offer_etcd),
}
"""By name: the programs that an offer consists of, and what writes its files."""


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
