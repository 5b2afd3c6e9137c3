"""command.remote.CopyToRemote over a real SFTP connection."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from lab.providers.command.__main__ import CommandProvider
from lab.providers.server import EngineLog
from tests.lab.providers.calling import Caller
from tests.lab.providers.command.ssh_server import SshServer


@pytest.fixture
def server() -> Iterator[SshServer]:
    server = SshServer()
    yield server
    server.close()


@pytest.fixture
def copy() -> Caller:
    return Caller(CommandProvider(EngineLog("")), "command:remote:CopyToRemote")


def test_a_text_and_its_changes(copy: Caller, server: SshServer, tmp_path: Path) -> None:
    target = tmp_path / "text"
    inputs: dict[str, Any] = {"connection": server.connection, "remotePath": str(target)}
    made = copy.create(**inputs, source=pulumi.StringAsset("one"))
    assert target.read_text() == "one"
    assert made.secrets == {"connection"}
    assert not copy.diff(made, **inputs, source=pulumi.StringAsset("one")).changes
    assert copy.diff(made, **inputs, source=pulumi.StringAsset("two")).replaces == []
    copy.update(made, **inputs, source=pulumi.StringAsset("two"))
    assert target.read_text() == "two"
    copy.delete(made)
    assert target.exists(), "the published plugin leaves what it has copied"


def test_a_file_whose_content_changes(copy: Caller, server: SshServer, tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "folder"
    source.write_text("one")
    folder.mkdir()
    inputs: dict[str, Any] = {
        "connection": server.connection,
        "remotePath": str(folder),
        "source": pulumi.FileAsset(str(source)),
    }
    made = copy.create(**inputs)
    assert (folder / "source").read_text() == "one"
    source.write_text("two")
    assert copy.diff(made, **inputs).changes


@pytest.mark.parametrize(("suffix", "inside"), [("", "source/a/b"), ("/", "a/b")])
def test_a_folder_or_its_content(copy: Caller, server: SshServer, tmp_path: Path, suffix: str, inside: str) -> None:
    (tmp_path / "source" / "a").mkdir(parents=True)
    (tmp_path / "source" / "a" / "b").write_text("deep")
    source = pulumi.FileArchive(f"{tmp_path}/source{suffix}")
    copy.create(connection=server.connection, remotePath=f"{tmp_path}/target", source=source)
    assert (tmp_path / "target" / inside).read_text() == "deep"


def test_what_can_not_be_copied(copy: Caller, server: SshServer, tmp_path: Path) -> None:
    inputs: dict[str, Any] = {"connection": server.connection, "remotePath": str(tmp_path)}
    with pytest.raises(ValueError, match="there is no /no/such/file"):
        copy.check(**inputs, source=pulumi.FileAsset("/no/such/file"))
    with pytest.raises(RuntimeError, match="is a folder: a text needs the path of a file"):
        copy.create(**inputs, source=pulumi.StringAsset("x"))
