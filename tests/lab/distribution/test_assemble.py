"""One file that carries others: the program in front, unharmed, and the parts behind it as the layout says."""

import io
import subprocess
import tarfile
from pathlib import Path

from lab.distribution.assemble import MARK, assemble


def carrying(folder: Path) -> Path:
    folder.mkdir()
    program = folder / "program"
    program.write_bytes(b"the program")
    for name in ("kube", "runc"):
        (folder / name).write_text(f"this is {name}")
    assemble(program, {"runc": folder / "runc", "kube": folder / "kube"})
    return program


def test_the_parts_are_found_from_the_end(tmp_path: Path) -> None:
    data = carrying(tmp_path / "one").read_bytes()
    assert data.endswith(MARK)
    end = len(data) - len(MARK) - 8
    size = int.from_bytes(data[end : end + 8], "big")
    assert data[: end - size] == b"the program"
    plain = subprocess.run(["zstd", "-dqc"], input=data[end - size : end], capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        found = {member.name: (member.mode, archive.extractfile(member)) for member in archive}
        texts = {name: (mode, file.read()) for name, (mode, file) in found.items() if file}
    assert texts == {"kube": (0o755, b"this is kube"), "runc": (0o755, b"this is runc")}


def test_the_same_parts_give_the_same_file(tmp_path: Path) -> None:
    assert carrying(tmp_path / "one").read_bytes() == carrying(tmp_path / "two").read_bytes()
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == ["kube", "program", "runc"]
