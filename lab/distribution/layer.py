"""Writes the only layer of an image: static programs, and the few files that programs expect on every system."""

import io
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.distribution.inputs import checksum

LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"

# For a program's user and temporary files. The layer is not compressed: the registry is on the same computer.
FOLDERS = {"etc": 0o755, "tmp": 0o1777}
FILES = {
    "etc/passwd": "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n",
    "etc/group": "root:x:0:\nnonroot:x:65532:\n",
}

_MACHINES = {62: "amd64", 183: "arm64"}
"""Names of architectures, as Go and OCI use them, by e_machine in an ELF file's header."""


@dataclass(frozen=True)
class Layer:
    """A written layer, with the values that references to it need."""

    digest: str
    size: int
    architecture: str
    media_type: str = LAYER_TYPE


def write_layer(blobs: Path, programs: Mapping[str, Path], commands: Iterable[str] = ()) -> Layer:
    """Writes a layer with each program as /name into `blobs`, under its digest. It does not depend on time or place.

    `commands`: names in /bin for the first program.

    Raises ValueError if a file is not a program, or if programs have different architectures.
    """
    (processors,) = {architecture(program) for program in programs.values()}
    unnamed = blobs / "unnamed"
    with tarfile.open(unnamed, "w") as archive:
        for folder, mode in FOLDERS.items():
            member = tarfile.TarInfo(folder)
            member.type, member.mode = tarfile.DIRTYPE, mode
            archive.addfile(member)
        for path, text in FILES.items():
            _add(archive, path, 0o644, io.BytesIO(text.encode()), len(text))
        for name, program in programs.items():
            with program.open("rb") as source:
                _add(archive, name, 0o755, source, program.stat().st_size)
        for command in commands:
            link = tarfile.TarInfo(f"bin/{command}")
            link.type, link.linkname = tarfile.SYMTYPE, f"/{next(iter(programs))}"
            archive.addfile(link)
    digest = f"sha256:{checksum(unnamed)}"
    unnamed.rename(blobs / digest)
    return Layer(digest, (blobs / digest).stat().st_size, processors)


def architecture(program: Path) -> str:
    """The architecture of an ELF file. Raises ValueError for an unknown architecture or another kind of file."""
    with program.open("rb") as file:
        header = file.read(20)
    machine = int.from_bytes(header[18:20], "little")
    if header[:4] != b"\x7fELF" or machine not in _MACHINES:
        raise ValueError(f"{program} is no program for {' or '.join(_MACHINES.values())}")
    return _MACHINES[machine]


def _add(archive: tarfile.TarFile, path: str, mode: int, source: "io.BufferedReader | io.BytesIO", size: int) -> None:
    member = tarfile.TarInfo(path)
    member.size, member.mode = size, mode
    archive.addfile(member, source)
