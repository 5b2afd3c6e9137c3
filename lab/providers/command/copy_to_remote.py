"""command:remote:CopyToRemote: copies a file or folder of this computer, or a text, to a host over SFTP."""

import hashlib
import posixpath
import secrets
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import paramiko
import pulumi
from pulumi.provider.experimental import provider as sdk

from lab.providers.command.connection import connected, read_connection
from lab.providers.command.remote_command import connection_defaults
from lab.providers.properties import Content, has_unknown
from lab.providers.server import CURRENT_URN, EngineLog
from lab.providers.stand_in import ResourceType, Values

HASH = "__sourceHash"
"""The output with a hash of the copied content. The SDK drops the hash that the engine sends with an asset."""


class CopyToRemote(ResourceType):
    """Copies on create, and again when the content or the path changes. Delete keeps the copy."""

    published_as = "command:remote:CopyToRemote"
    replaced_by = frozenset({"triggers"})
    removable = frozenset({"triggers"})
    secret = frozenset({"connection"})

    def __init__(self, log: EngineLog, cancelled: threading.Event) -> None:
        self._log = log
        self._cancelled = cancelled

    def defaults(self, inputs: Values) -> Values:
        return {"connection": connection_defaults(inputs)}

    def check(self, inputs: Values) -> Iterator[sdk.CheckFailure]:
        source = inputs["source"]
        kinds = (pulumi.FileAsset, pulumi.StringAsset, pulumi.FileArchive)
        if not has_unknown(source) and not isinstance(source, kinds):
            yield sdk.CheckFailure("source", "source must be a file, a text or a folder of this computer")
        elif isinstance(source, (pulumi.FileAsset, pulumi.FileArchive)) and not Path(source.path).exists():
            yield sdk.CheckFailure("source", f"source: there is no {source.path}")

    def changes(self, state: Values, inputs: Values) -> dict[str, bool]:
        source = inputs["source"]
        before = {**state, "source": None}
        found = super().changes(before, {**inputs, "source": None})
        found.pop("source", None)
        if has_unknown(source) or state.get(HASH) != content_hash(source):
            found["source"] = False
        return found

    def create(self, inputs: Values) -> tuple[str, Values]:
        return secrets.token_hex(4), self.update("", {}, inputs)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        digest = content_hash(inputs["source"])
        if (digest, inputs["remotePath"]) != (state.get(HASH), state.get("remotePath")):
            self._copy(inputs)
        return {**inputs, HASH: digest}

    def delete(self, resource_id: str, state: Values) -> None:
        """Nothing to do: the published plugin keeps the copy, too."""

    def _copy(self, inputs: Values) -> None:
        connection = read_connection(inputs["connection"])
        say = partial(self._log.info, urn=CURRENT_URN.get(), ephemeral=True)
        with connected(connection, self._cancelled, say) as transport:
            files = paramiko.SFTPClient.from_transport(transport)
            if files is None:
                raise RuntimeError(f"{connection.login.name}: its SSH server offers no SFTP")
            with files:
                try:
                    copy(files, inputs["source"], inputs["remotePath"])
                except (OSError, paramiko.SSHException) as error:
                    raise RuntimeError(f"{connection.login.name}: {inputs['remotePath']}: {error}") from error


def content_hash(source: Content) -> str:
    """SHA-256 of the names and contents of the copied files."""
    digest = hashlib.sha256()
    if isinstance(source, pulumi.StringAsset):
        digest.update(str(source.text).encode())
        return digest.hexdigest()
    root = Path(source.path)
    for path in [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(root)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def copy(files: paramiko.SFTPClient, source: Content, target: str) -> None:
    """Copies like the published plugin: into an existing folder, else to that name. "x/" means the content of x."""
    is_folder = _is_folder(files, target)
    if isinstance(source, pulumi.StringAsset):
        if is_folder:
            raise OSError("is a folder: a text needs the path of a file")
        with files.open(target, "w") as file:
            file.write(str(source.text))
        return
    root = Path(source.path)
    if root.is_file():
        files.put(str(root), posixpath.join(target, root.name) if is_folder else target)
        return
    if not is_folder:
        files.mkdir(target)
    if not str(source.path).endswith("/"):
        target = posixpath.join(target, root.name)
    _copy_folder(files, root, target)


def _copy_folder(files: paramiko.SFTPClient, folder: Path, target: str) -> None:
    with suppress(OSError):  # if this fails, the folder exists already; otherwise copying its first file fails
        files.mkdir(target)
    for path in sorted(folder.iterdir()):
        inside = posixpath.join(target, path.name)
        if path.is_dir():
            _copy_folder(files, path, inside)
        else:
            files.put(str(path), inside)


def _is_folder(files: paramiko.SFTPClient, path: str) -> bool:
    try:
        return stat.S_ISDIR(files.stat(path).st_mode or 0)
    except FileNotFoundError:
        return False
