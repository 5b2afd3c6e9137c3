"""The image is kept by its recipe; a build that fails leaves nothing that looks like an image."""

from pathlib import Path

import pytest

from lab.image import ImageError, build, build_image, built_image
from lab.progress import Silence


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "FOLDER", tmp_path / "image")
    monkeypatch.setattr(build, "UBUNTU", tmp_path / "ubuntu.sh")
    (tmp_path / "ubuntu.sh").write_text("echo ubuntu >$1/made\n")


def runs(monkeypatch: pytest.MonkeyPatch, script: str) -> list[list[str]]:
    """Replaces mmdebstrap by a shell script that gets the root folder as $1."""
    calls: list[list[str]] = []
    original = build._command

    def command(folder: Path) -> list[str]:
        calls.append(original(folder))
        return ["sh", "-c", script, "sh", str(folder / "root")]

    monkeypatch.setattr(build, "_command", command)
    return calls


def test_an_image_that_was_not_built_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="build it with `make up`"):
        built_image()


def test_it_is_built_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = runs(monkeypatch, "touch $1/made")
    image = build_image(Silence())
    assert build_image(Silence()) == image == built_image()
    assert (image / "made").exists()
    assert len(calls) == 1
    others = ["build.log", "lock", built_image("ubuntu").name]
    assert sorted(path.name for path in (tmp_path / "image").iterdir()) == sorted([*others, image.name])


def test_ubuntu_is_a_changed_copy_made_anew_when_its_script_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls = runs(monkeypatch, "echo debian >$1/made")
    image = build_image(Silence())
    ubuntu = built_image("ubuntu")
    assert [(each / "made").read_text() for each in (image, ubuntu)] == ["debian\n", "ubuntu\n"]
    (tmp_path / "ubuntu.sh").write_text("echo newer >$1/made\n")
    assert build_image(Silence()) == image
    assert (built_image("ubuntu") / "made").read_text() == "newer\n"
    assert len(calls) == 1


def test_a_script_that_fails_leaves_no_image(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runs(monkeypatch, "true")
    (tmp_path / "ubuntu.sh").write_text("echo no such file >&2; exit 1\n")
    with pytest.raises(ImageError, match=r"ubuntu.sh: no such file"):
        build_image(Silence())
    with pytest.raises(ImageError, match="build it with `make up`"):
        built_image("ubuntu")


def test_a_failure_names_its_cause_and_its_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runs(monkeypatch, "echo 'I: begins'; echo 'E: no such package: dbus'; exit 1")
    with pytest.raises(ImageError, match=r"E: no such package: dbus \(log: .*build.log\)"):
        build_image(Silence())
    assert sorted(path.name for path in (tmp_path / "image").iterdir()) == ["build.log", "lock"]


def test_what_a_killed_build_left_is_cleared_away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    leftover = tmp_path / "image/.building-1/root"
    leftover.mkdir(parents=True)
    runs(monkeypatch, "true")
    build_image(Silence())
    assert not leftover.exists()


def test_another_recipe_is_another_image(monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.recipe_hash()
    monkeypatch.setattr(build, "PACKAGES", (*build.PACKAGES, "less"))
    assert build.recipe_hash() != before


def test_passwords_of_proxies_go_by_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(build, "_machine_settings", lambda: 'Acquire::http::Proxy "http://me:hidden@proxy";\n')
    calls = runs(monkeypatch, 'cat "$1/../acquire"; stat -c %a "$1/../acquire"; echo "E: stop"; exit 1')
    with pytest.raises(ImageError):
        build_image(Silence())
    assert "hidden" not in " ".join(calls[0])
    assert (tmp_path / "image/build.log").read_text().splitlines()[1] == "600"
