"""What a lab needs is made beside the rest; who waits for a part gets it, or why there is none."""

import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from lab import supplies as module
from lab.internet.sites import expects_more, packages_site, registry_site
from lab.lab import Lab
from lab.progress import Report, Silence
from lab.supplies import supplies


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab for which nothing is really built."""
    lab = Lab("test", tmp_path)
    (tmp_path / "internet").mkdir()

    def build(names: Iterable[str], _report: Report) -> dict[str, Path]:
        return {name: tmp_path / name for name in names}

    monkeypatch.setattr(module, "build_programs", build)
    monkeypatch.setattr(module, "publish", lambda programs, mirror: None)
    monkeypatch.setattr(module, "package_repository", lambda report: tmp_path / "debs")
    monkeypatch.setattr(module, "registry_folder", lambda report: tmp_path / "images")
    monkeypatch.setattr(module, "LAST_SECONDS", 0.1)
    return lab


def test_programs_and_sites_are_there_when_they_are_asked_for(lab: Lab) -> None:
    with supplies(lab, Silence()) as making:
        assert making.engine.result(5)["pulumi"] == lab.root / "pulumi"
        assert making.tailnet.result(5)["tailscaled"] == lab.root / "tailscaled"
        making.packages.result(5)
        making.start_cluster()
    assert packages_site(lab).readlink() == lab.root / "debs"
    assert registry_site(lab).readlink() == lab.root / "images"


def test_sites_expect_more_until_the_last_part_of_the_cluster_is_there(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = threading.Event()

    def images(_report: Report) -> Path:
        built.wait(10)
        return lab.root

    monkeypatch.setattr(module, "registry_folder", images)
    with supplies(lab, Silence()) as making:
        assert not expects_more(lab)
        making.start_cluster()
        making.cluster[0].result(5)
        assert expects_more(lab)
        built.set()
    assert not expects_more(lab)


def test_a_part_that_failed_is_the_failure_and_ends_the_expectation(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_report: Report) -> Path:
        raise RuntimeError("coredns: no space left")

    monkeypatch.setattr(module, "registry_folder", broken)
    with supplies(lab, Silence()) as making:
        making.start_cluster()
        making.wait(5)
        assert str(making.failure()) == "coredns: no space left"
        assert not expects_more(lab)


def test_an_interrupt_stops_builds_and_waits_for_none(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()
    monkeypatch.setattr(module, "stop_builds", stopped.set)
    monkeypatch.setattr(module, "package_repository", lambda report: threading.Event().wait(60))
    with pytest.raises(KeyboardInterrupt), supplies(lab, Silence()):
        raise KeyboardInterrupt
    assert stopped.is_set()
