"""What the tests of the distribution share: a Go on PATH that builds at once, and an empty cache."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.distribution import command
from tests.lab.distribution.fake_go import FakeGo, install


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGo]:
    """The fake Go, found first. Builds are not stopped, also not afterwards."""
    fake = install(tmp_path / "go", tmp_path / "cache")
    monkeypatch.setenv("PATH", str(fake.folder / "bin"), prepend=":")
    monkeypatch.setenv("FAKE_GO", str(fake.folder))
    monkeypatch.delenv("TAILNET_K3S_GOCACHE", raising=False)
    monkeypatch.delenv("TAILNET_K3S_GOMODCACHE", raising=False)
    yield fake
    command.stopped.clear()
