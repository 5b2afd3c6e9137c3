"""Programs for hosts: several files joined into one."""

import sys
from pathlib import Path
from subprocess import run

import pytest

from components.backup.program import joined


def test_files_become_one_program_that_runs(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('"""A."""\nfrom components.x import y\nimport json\nA = 1\n')
    (tmp_path / "b.py").write_text("from components.a import A\nimport json\ndef b() -> int:\n    return A + 1\n")
    program = joined([tmp_path / "a.py", tmp_path / "b.py"], "print(json.dumps(b()))")
    assert run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "2\n"


@pytest.mark.parametrize(
    "second", ["SECONDS, B = 5, 6", "SECONDS: int = 5", "def SECONDS(): ...", "class SECONDS: ..."]
)
def test_a_name_that_two_files_define_is_refused(tmp_path: Path, second: str) -> None:
    (tmp_path / "a.py").write_text("SECONDS = 60\n")
    (tmp_path / "b.py").write_text(f"{second}\n")
    with pytest.raises(ValueError, match=r"two of a\.py, b\.py define SECONDS: rename one"):
        joined([tmp_path / "a.py", tmp_path / "b.py"], "")
