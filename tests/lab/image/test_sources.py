"""Which of a machine's apt sources can make the image."""

from pathlib import Path

import pytest

from lab.image import debian_sources

STANZA = "Types: deb\nURIs: http://host.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\n"


def offers(folder: Path, name: str, text: str) -> bool:
    file = folder / "sources.list.d" / name
    file.parent.mkdir()
    file.write_text(text)
    return debian_sources(folder) == (file,)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("debian.sources", STANZA),
        ("debian.sources", "# a note\n" + STANZA),
        ("two.sources", STANZA.replace("bookworm bookworm-updates", "trixie") + "\n" + STANZA),
        ("debian.list", "deb http://host.example/debian bookworm main contrib\n"),
        ("debian.list", "# none\ndeb [arch=amd64 signed-by=/k] http://host.example/debian bookworm-updates main\n"),
    ],
)
def test_takes(tmp_path: Path, name: str, text: str) -> None:
    assert offers(tmp_path, name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("off.sources", "Enabled: no\n" + STANZA),
        ("other.sources", STANZA.replace("main", "stable")),
        ("trixie.sources", STANZA.replace("bookworm", "trixie")),
        ("comment.list", "# deb http://host.example/debian bookworm main\n"),
        ("source.list", "deb-src http://host.example/debian bookworm main\n"),
        ("vendor.list", "deb https://host.example/apt cloud-sdk-bookworm main\n"),
        ("old.list.bak", "deb http://host.example/debian bookworm main\n"),
    ],
)
def test_leaves(tmp_path: Path, name: str, text: str) -> None:
    assert not offers(tmp_path, name, text)


def test_the_classic_file_comes_first(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://host.example/debian bookworm main\n")
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(STANZA)
    assert [file.name for file in debian_sources(tmp_path)] == ["sources.list", "debian.sources"]


def test_a_machine_without_apt(tmp_path: Path) -> None:
    assert debian_sources(tmp_path) == ()
