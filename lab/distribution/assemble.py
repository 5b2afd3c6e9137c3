"""Puts programs into another one: behind its own bytes, packed, so that one file carries them all as k3s's own does.

The layout, from the front: the program; a tar of its parts, by name, packed by zstd with its checksum; the size of that
packed tar as 8 bytes, big-endian; MARK. What reads it is lab/distribution/k3s/bundle.
"""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

MARK = b"lab-k3s1"
"""The last 8 bytes of a program that carries others."""

LEVEL = "-9"
"""Of zstd: clearly smaller than its default for some seconds more, and as fast to unpack."""


def assemble(program: Path, parts: Mapping[str, Path]) -> None:
    """Appends the parts to the program. Raises OSError or subprocess.CalledProcessError, say when there is no room."""
    with tempfile.TemporaryDirectory(dir=program.parent) as folder:
        plain, packed = Path(folder) / "parts.tar", Path(folder) / "parts.tar.zst"
        with tarfile.open(plain, "w") as archive:
            for name, file in sorted(parts.items()):
                _add(archive, name, file)
        subprocess.run(["zstd", "-q", LEVEL, "-T0", "--check", "-o", packed, plain], check=True)
        with program.open("ab") as out, packed.open("rb") as source:
            shutil.copyfileobj(source, out)
            out.write(packed.stat().st_size.to_bytes(8, "big") + MARK)


def _add(archive: tarfile.TarFile, name: str, file: Path) -> None:
    """Adds a program without what differs from build to build: the same parts give the same bytes."""
    member = tarfile.TarInfo(name)
    member.size = file.stat().st_size
    member.mode = 0o755
    with file.open("rb") as source:
        archive.addfile(member, source)
