"""What a lab needs is made beside the rest; who waits for a part gets it, or why there is none."""

import threading
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pytest

from lab import supplies as module
from lab.distribution.images import IMAGES, Image
from lab.internet.sites import expects_more, mirror_site, packages_site, registry_site
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
    monkeypatch.setattr(module, "image_folders", lambda images, _: {i.name: tmp_path / i.tag for i in images})
    monkeypatch.setattr(module, "document_folders", lambda report: [])
    monkeypatch.setattr(module, "LAST_SECONDS", 0.1)
    return lab


def test_programs_and_sites_are_there_when_they_are_asked_for(lab: Lab) -> None:
    with supplies(lab, Silence()) as builds:
        assert builds.engine.result(5)["pulumi"] == lab.root / "pulumi"
        assert builds.tailnet.result(5)["tailscaled"] == lab.root / "tailscaled"
        builds.packages.result(5)
        builds.k3s.result(5)  # before the engine: the settings pin it
        builds.start_cluster()
    assert packages_site(lab).readlink() == lab.root / "debs"
    for image in chain.from_iterable(IMAGES.values()):
        assert (registry_site(lab) / "v2" / image.name).readlink() == lab.root / image.tag


def test_sites_expect_more_until_the_last_part_of_the_cluster_is_there(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = threading.Event()

    def folders(images: Iterable[Image], _report: Report) -> dict[str, Path]:
        wanted = {image.name: lab.root for image in images}
        if "coollabsio/minio" in wanted:
            built.wait(10)
        return wanted

    monkeypatch.setattr(module, "image_folders", folders)
    with supplies(lab, Silence()) as builds:
        assert not expects_more(lab)
        builds.start_cluster()
        for part in builds.cluster[:-1]:
            part.result(5)
        assert expects_more(lab)
        assert (registry_site(lab) / "v2" / "library" / "traefik").is_symlink()
        built.set()
    assert not expects_more(lab)
    assert (registry_site(lab) / "v2" / "coollabsio" / "minio").is_symlink()


def test_a_further_group_of_programs_comes_into_the_mirror(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[str] = []
    monkeypatch.setattr(module, "publish", lambda programs, mirror: published.extend(programs))
    with supplies(lab, Silence()) as builds:
        builds.offer("etcd").result(5)
        assert {"etcd", "etcdctl", "etcdutl"} <= set(published)


def test_etcd_is_not_built_unless_it_is_asked_for(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[str] = []
    monkeypatch.setattr(module, "publish", lambda programs, mirror: published.extend(programs))
    with supplies(lab, Silence()) as builds:
        builds.start_cluster()
    assert published
    assert not {"etcd", "etcdctl", "etcdutl"} & set(published)


def test_files_of_publishers_are_in_the_mirror(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    (lab.root / "document" / "publisher.test").mkdir(parents=True)
    (lab.root / "document" / "publisher.test" / "file").write_text("text")
    monkeypatch.setattr(module, "document_folders", lambda report: [lab.root / "document"])
    with supplies(lab, Silence()) as builds:
        builds.start_cluster()
    assert (mirror_site(lab) / "publisher.test" / "file").read_text() == "text"


def test_a_part_that_failed_is_the_failure_and_ends_the_expectation(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_images: Iterable[Image], _report: Report) -> dict[str, Path]:
        raise RuntimeError("coredns: no space left")

    monkeypatch.setattr(module, "image_folders", broken)
    with supplies(lab, Silence()) as builds:
        builds.start_cluster()
        builds.wait(5)
        assert str(builds.failure()) == "coredns: no space left"
        assert not expects_more(lab)


def test_an_interrupt_stops_builds_and_waits_for_none(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = threading.Event()
    monkeypatch.setattr(module, "stop_builds", stopped.set)
    monkeypatch.setattr(module, "package_repository", lambda report: threading.Event().wait(60))
    with pytest.raises(KeyboardInterrupt), supplies(lab, Silence()):
        raise KeyboardInterrupt
    assert stopped.is_set()
