"""Files of publishers: from the pinned module, where the publisher has them, and only if they are what was pinned."""

import json
from pathlib import Path

import pytest

from components.artefacts import TRAEFIK_VERSION
from lab.distribution.command import BuildError
from lab.distribution.documents import DOCUMENTS, Document, document_folders
from lab.progress import Silence

# FAKE_GO: a folder. answer: what `go mod download` prints. calls: how often it did.
_GO = """#!/bin/sh
if [ "$1" = env ]; then
  echo '{"GOVERSION": "go1.26.8", "GOHOSTOS": "linux", "GOHOSTARCH": "amd64"}'
  exit
fi
echo "$*" >>"$FAKE_GO/calls"
cat "$FAKE_GO/answer"
! grep -q Error "$FAKE_GO/answer"
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a Go that downloads nothing; it has a module with one file."""
    folder = tmp_path / "go"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "go").write_text(_GO)
    (folder / "bin" / "go").chmod(0o755)
    (folder / "module" / "docs").mkdir(parents=True)
    (folder / "module" / "docs" / "file.yml").write_text("kind: Document\n")
    (folder / "answer").write_text(json.dumps({"Path": "example.test/module", "Dir": str(folder / "module")}))
    monkeypatch.setenv("PATH", str(folder / "bin"), prepend=":")
    monkeypatch.setenv("FAKE_GO", str(folder))
    return folder


@pytest.fixture
def document(tmp_path: Path) -> Document:
    """One that the fake Go's module has."""
    pins = tmp_path / "pins"
    pins.mkdir()
    (pins / "go.mod").write_text("module pins\n")
    (pins / "go.sum").write_text("example.test/module v1.0.0 h1:abc=\n")
    return Document("file", pins, "example.test/module", "docs/file.yml", "publisher.test/v1")


def test_the_file_is_where_its_publisher_has_it(go: Path, document: Document, tmp_path: Path) -> None:
    (folder,) = document_folders(Silence(), [document], tmp_path / "cache")
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert files == ["publisher.test/v1/docs/file.yml"]
    assert (folder / files[0]).read_text() == "kind: Document\n"
    assert (go / "calls").read_text() == "mod download -json example.test/module\n"
    assert not (tmp_path / "cache" / "build").exists()


def test_it_is_downloaded_once_for_a_pin(go: Path, document: Document, tmp_path: Path) -> None:
    (first,) = document_folders(Silence(), [document], tmp_path / "cache")
    assert document_folders(Silence(), [document], tmp_path / "cache") == [first]
    assert len((go / "calls").read_text().splitlines()) == 1
    (document.pins / "go.sum").write_text("example.test/module v1.0.0 h1:def=\n")
    assert document_folders(Silence(), [document], tmp_path / "cache") != [first]


def test_what_is_not_the_pinned_one_is_refused_with_its_cause(go: Path, document: Document, tmp_path: Path) -> None:
    (go / "answer").write_text(json.dumps({"Path": "example.test/module", "Error": "verifying: checksum mismatch"}))
    with pytest.raises(BuildError, match=r"^file: example.test/module can't be downloaded: .*checksum mismatch$"):
        document_folders(Silence(), [document], tmp_path / "cache")
    assert [path for path in (tmp_path / "cache" / "downloads").iterdir() if path.is_dir()] == []


def test_a_file_that_the_module_has_not_is_named(go: Path, document: Document, tmp_path: Path) -> None:
    (go / "module" / "docs" / "file.yml").unlink()
    with pytest.raises(BuildError, match=r"^file: example.test/module has no file docs/file.yml$"):
        document_folders(Silence(), [document], tmp_path / "cache")


@pytest.mark.parametrize("document", DOCUMENTS, ids=[document.name for document in DOCUMENTS])
def test_every_document_is_of_a_pinned_module(document: Document) -> None:
    assert f"{document.module} v" in (document.pins / "go.mod").read_text()
    assert f"{document.module} v" in (document.pins / "go.sum").read_text()


def test_the_version_in_the_url_is_that_of_the_program() -> None:
    (crds,) = DOCUMENTS
    assert f"{crds.module} {TRAEFIK_VERSION}" in (crds.pins / "go.mod").read_text()
    assert TRAEFIK_VERSION in crds.url
