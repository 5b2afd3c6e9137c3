"""The folder of sources and caches: there while something is built, gone afterwards, never the user's own."""

import threading
from pathlib import Path

import pytest

from lab.distribution.toolchain import Go, find_go, remove_leftovers, workshop
from tests.lab.distribution.fake_go import FakeGo

GO = Go("go1.26.8", "linux", "amd64")
RUNNING = threading.Event()


def test_sources_are_removed_after_the_build(tmp_path: Path) -> None:
    with workshop(GO, RUNNING, tmp_path) as environment:
        Path(environment["GOMODCACHE"]).mkdir(parents=True)
        assert Path(environment["GOTMPDIR"]).is_dir()
    assert [path.name for path in tmp_path.iterdir()] == ["build.lock"]


def test_sources_are_removed_after_an_interrupt(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), workshop(GO, RUNNING, tmp_path):
        raise KeyboardInterrupt
    assert [path.name for path in tmp_path.iterdir()] == ["build.lock"]


def test_the_last_of_several_builds_removes_the_sources(tmp_path: Path) -> None:
    with workshop(GO, RUNNING, tmp_path):
        with workshop(GO, RUNNING, tmp_path):
            pass
        assert (tmp_path / "build").is_dir()
    assert not (tmp_path / "build").exists()


def test_leftovers_of_a_killed_build_are_removed(tmp_path: Path) -> None:
    for name in ("build/modules/example", "build.1234.removed", "programs/one-1.0-abc.partial", "programs/two-1.0-abc"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "build.lock").touch()
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["build.lock", "programs", "two-1.0-abc"]


def test_folders_of_the_users_own_are_used_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setenv("TAILNET_K3S_GOCACHE", str(own))
    with workshop(GO, RUNNING, tmp_path / "cache") as environment:
        assert environment["GOCACHE"] == str(own)
    assert own.is_dir()


def test_nothing_of_the_users_go_settings_changes_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"GOFLAGS": "-mod=mod -race", "GOARCH": "arm", "GOWORK": "/elsewhere", "GOAMD64": "v4"}.items():
        monkeypatch.setenv(name, value)
    with workshop(GO, RUNNING, tmp_path) as environment:
        settings = {name: environment[name] for name in ("GOFLAGS", "GOARCH", "GOWORK", "GOAMD64")}
    assert settings == {"GOFLAGS": "-modcacherw", "GOARCH": "amd64", "GOWORK": "off", "GOAMD64": "v1"}


def test_the_go_on_path_is_asked(go: FakeGo) -> None:
    assert go.calls == []
    assert find_go() == GO


def test_a_missing_go_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="go is not on PATH: install Go"):
        find_go()
