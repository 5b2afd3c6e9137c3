"""Folders of the cache: whole or not there, made by one of many, and the oldest go."""

import os
import threading
from pathlib import Path

import pytest

from lab.distribution.once import VARIANTS_KEPT, keep_latest, make_once, used

RUNNING = threading.Event()


def fill(folder: Path) -> None:
    (folder / "file").write_text("whole")


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    assert make_once(tmp_path / "kind" / "key", fill, RUNNING)
    assert not make_once(tmp_path / "kind" / "key", fill, RUNNING)
    assert (tmp_path / "kind" / "key" / "file").read_text() == "whole"


def test_a_folder_appears_in_one_step(tmp_path: Path) -> None:
    made: list[int] = []
    make_once(tmp_path / "key", lambda folder: made.append(folder.stat().st_ino), RUNNING)
    assert made == [(tmp_path / "key").stat().st_ino]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def half(folder: Path) -> None:
        fill(folder)
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        make_once(tmp_path / "key", half, RUNNING)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_what_a_killed_process_left_is_not_taken_for_whole(tmp_path: Path) -> None:
    (tmp_path / "key.partial").mkdir()
    (tmp_path / "key.partial" / "left").touch()
    make_once(tmp_path / "key", fill, RUNNING)
    assert [path.name for path in (tmp_path / "key").iterdir()] == ["file"]


def test_of_many_at_once_one_makes_it(tmp_path: Path) -> None:
    made: list[bool] = []
    threads = [
        threading.Thread(target=lambda: made.append(make_once(tmp_path / "key", fill, RUNNING))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(made) == [False, False, False, True]


def test_those_used_last_are_kept(tmp_path: Path) -> None:
    folders = [tmp_path / f"key{number}" for number in range(VARIANTS_KEPT + 2)]
    for age, folder in enumerate(reversed(folders)):
        folder.mkdir()
        os.utime(folder, (1_000_000 - age, 1_000_000 - age))
    used(folders[0])
    keep_latest(folders)
    assert [folder.exists() for folder in folders] == [True, False, False, *[True] * (VARIANTS_KEPT - 1)]
