"""Files written in one step."""

import os
import threading
from pathlib import Path

import pytest

from lab.files import replace


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.json"


def test_a_file_is_its_owner_s_alone_unless_told(file: Path) -> None:
    replace(file, "secret")
    assert (file.read_text(), file.stat().st_mode & 0o7777) == ("secret", 0o600)
    replace(file, b"#!/bin/sh\n", mode=0o755)
    assert (file.read_bytes(), file.stat().st_mode & 0o7777) == (b"#!/bin/sh\n", 0o755)


def test_the_same_content_is_not_written_again(file: Path) -> None:
    replace(file, "same")
    os.utime(file, (1, 1))
    replace(file, "same")
    assert file.stat().st_mtime == 1
    replace(file, "same", mode=0o640)
    assert file.stat().st_mode & 0o7777 == 0o640


def test_a_reader_never_finds_a_part(file: Path) -> None:
    contents = [letter * 500_000 for letter in "ab"]
    replace(file, contents[0])
    over = threading.Event()

    def write() -> None:
        for turn in range(200):
            replace(file, contents[turn % 2])
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    found = set()
    while not over.is_set():
        found.add(file.read_text())
    writer.join()
    assert found <= set(contents), f"parts of {[len(part) for part in found]} characters"
    assert list(file.parent.iterdir()) == [file]
