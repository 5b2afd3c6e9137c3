"""The command of the distribution: names and groups in, files out."""

from pathlib import Path

import pytest

from lab.distribution import __main__, build
from lab.distribution.programs import GROUPS
from tests.lab.distribution.fake_go import FakeGo


@pytest.fixture(autouse=True)
def _own_cache(go: FakeGo, monkeypatch: pytest.MonkeyPatch) -> None:
    original = build.build_programs
    monkeypatch.setattr(__main__, "build_programs", lambda names, report: original(names, report, go.cache))


def test_a_group_gives_a_line_for_each_of_its_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["images", "actionlint"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [name for name, _ in lines] == [*GROUPS["images"], "actionlint"]
    assert all(Path(file).is_file() for _, file in lines)


def test_an_unknown_name_is_answered_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["k4s"]) == 2
    assert "no program 'k4s'" in capsys.readouterr().err


def test_a_build_that_fails_is_one_line(go: FakeGo, capsys: pytest.CaptureFixture[str]) -> None:
    go.fails_for("whoami")
    assert __main__.main(["whoami"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "whoami v1.11: ./main.go:3:1: undefined: answer"
