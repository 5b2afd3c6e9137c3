"""policy_runner.sh: the lab looks for a pack's Python where the published language host looks, and nowhere else."""

import subprocess
from pathlib import Path

import pytest

from lab.engine.plugins import POLICY_RUNNER_SCRIPT

ENGINE = "127.0.0.1:1"


def python(folder: Path, name: str) -> None:
    """A Python that says which one it is, and what it was told."""
    folder.mkdir(parents=True)
    file = folder / name
    file.write_text(f'#!/bin/sh\necho "{file}" "$VIRTUAL_ENV" "$@"\n')
    file.chmod(0o755)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    python(tmp_path / "path", "python3")
    python(tmp_path / ".venv/bin", "python")
    (tmp_path / "pack").mkdir()
    return tmp_path / "pack"


def start(pack: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    command = ["/bin/sh", str(POLICY_RUNNER_SCRIPT), ENGINE, str(pack), *options]
    path = f"{pack.parent / 'path'}:/usr/bin:/bin"
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": path})


def test_the_packs_virtualenv_is_told_from_the_pack(pack: Path) -> None:
    virtualenv = f"{pack}/../.venv"
    assert start(pack, "-virtualenv=../.venv").stdout.split() == [
        f"{virtualenv}/bin/python".replace("/pack/..", ""),
        virtualenv,
        "-u",
        str(pack),
        ENGINE,
    ]


def test_a_virtualenv_may_be_anywhere(pack: Path) -> None:
    assert start(pack, f"-virtualenv={pack.parent / '.venv'}").stdout.split()[1] == str(pack.parent / ".venv")


def test_without_one_it_is_the_paths_python_and_never_the_labs_own(pack: Path) -> None:
    assert start(pack).stdout.split() == [str(pack.parent / "path/python3"), "-u", str(pack), ENGINE]


def test_a_virtualenv_that_is_not_there_starts_nothing(pack: Path) -> None:
    assert start(pack, "-virtualenv=../other").returncode == 127


def test_another_option_is_refused(pack: Path) -> None:
    ran = start(pack, "-toolchain=uv")
    assert ran.returncode == 1
    assert "the lab can start policy packs with the option virtualenv only, not -toolchain=uv" in ran.stderr
