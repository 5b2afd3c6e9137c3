"""Appends programs to another program, compressed, so that one file contains them all, like the published k3s.

The file has, in this order: the program; a tar of its parts, compressed by zstd with its checksum; the size of the
compressed tar as 8 bytes, big-endian; MARK. lab/distribution/k3s/bundle reads it.
"""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

MARK = b"lab-k3s1"
"""The last 8 bytes of a program that contains others."""

LEVEL = "-9"
"""zstd's compression level. Clearly smaller files than by default, for some seconds more. They unpack as fast."""


def assemble(program: Path, parts: Mapping[str, Path]) -> None:
    """Appends the parts to the program. Raises OSError or subprocess.CalledProcessError, for example on a full disk."""
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
    """Adds a program without times and owners, so that the same parts always give the same bytes."""
    member = tarfile.TarInfo(name)
    member.size = file.stat().st_size
    member.mode = 0o755
    with file.open("rb") as source:
        archive.addfile(member, source)
