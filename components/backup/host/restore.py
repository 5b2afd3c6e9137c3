"""Fills an empty datastore from a backup, before the first k3s server starts. Changes nothing before all checks.

Reads its settings, with the secrets, as JSON from stdin: nothing of them stays on the host. The kind of datastore says
whether it is empty, what a whole snapshot is, and how to load one (components/datastore/kind.py, `Snapshots`).
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from components.backup.host.manifest import DATA, Manifest, backups_in, fingerprint, read_manifest
from components.backup.host.store import CHUNK, BackupError, Bucket

FOLDER = Path("/var/cache/tailnet-k3s-restore")
LOCK = Path("/run/tailnet-k3s-restore.lock")


class Restorer(NamedTuple):
    """What a kind of datastore does here."""

    restored: Callable[[], str]
    """Name of the backup that the datastore was filled from before; empty if it was not."""
    contents: Callable[[dict[str, Any]], str]
    """What the datastore has in it, in words; empty if it is empty, or has a part of an interrupted restore."""
    check: Callable[[IO[bytes], str], None]
    """Reads a snapshot to its end. Raises BackupError if it is not whole, or not of the cluster with this token."""
    load: Callable[[IO[bytes], Manifest, dict[str, Any], str], None]
    """Loads a snapshot. Gets the settings, and the token of the cluster that was backed up."""


def main(kind: Restorer) -> None:
    """The last line says what happened."""
    settings = json.load(sys.stdin)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("the restore is not done: the step was ended"))  # `finally` runs
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("the restore is not done: an earlier run is still at work on this host: run up again later")
        try:
            print(restore(settings, kind))
        except (BackupError, OSError, subprocess.SubprocessError) as error:
            sys.exit(f"the restore is not done: {error}")
        finally:
            shutil.rmtree(FOLDER, ignore_errors=True)


def restore(settings: dict[str, Any], kind: Restorer) -> str:
    """Restores, unless that was done before. Returns what it did. Raises BackupError."""
    wanted = settings["backup"]
    before = kind.restored()
    if before and wanted in ("latest", before):
        return f"unchanged: was restored from {before}"
    if words := f"what was restored from {before}" if before else kind.contents(settings):
        raise BackupError(f"the datastore has data in it ({words}). A restore needs a new stack: take `restore` out")
    bucket, prefix = Bucket(**settings["bucket"]), str(settings["prefix"])
    name = newest(bucket, prefix) if wanted == "latest" else wanted
    manifest = read_manifest(bucket, prefix, name)
    refuse_other(manifest, settings)
    file = download(bucket, f"{prefix}/{name}{DATA}", manifest)
    with opened(file, settings["identity"]) as snapshot:
        token = token_of(snapshot, settings["identity"])
        if fingerprint(token) != manifest.token:
            raise BackupError(f"{name} has the token of another cluster than its manifest: take another backup")
        kind.check(snapshot, token)
    with opened(file, settings["identity"]) as snapshot:
        snapshot.readline()
        try:
            kind.load(snapshot, manifest, settings, token)
        except (BackupError, OSError, subprocess.SubprocessError) as error:
            raise BackupError(f"{error}. Leave `restore` in the settings, and run up again") from error
    return f"restored {name}: {manifest.rows} rows of revision {manifest.revision} or later"


def newest(bucket: Bucket, prefix: str) -> str:
    """The name of the newest backup. Raises BackupError if there is none."""
    names = backups_in(bucket, prefix)
    if not names:
        raise BackupError(f"there is no backup in the folder {prefix} of {bucket.bucket}: correct restore.folder")
    return names[-1]


def refuse_other(manifest: Manifest, settings: dict[str, Any]) -> None:
    """Raises BackupError for a backup of another kind, or of a newer Kubernetes."""
    if manifest.kind != settings["kind"]:
        raise BackupError(f"{manifest.name} is of a datastore of the kind {manifest.kind}, not {settings['kind']}")
    if minor_of(manifest.k3s) > minor_of(settings["k3s"]):
        raise BackupError(f"{manifest.name} is of k3s {manifest.k3s}, newer than {settings['k3s']}: set k3s.version")
    if manifest.encrypts not in (None, settings["encrypts"]):  # on data in use each server would make a key of its own
        option, said = "k3s.server_options.secrets-encryption", "true" if manifest.encrypts else "false"
        raise BackupError(
            f"{manifest.name} is of a cluster that began with other rules for Secrets: set {option}: {said}"
        )


def minor_of(version: str) -> int:
    """The second number of a version of k3s. 0: it is no version."""
    found = re.match(r"v1\.(\d+)\.", version)
    return int(found.group(1)) if found else 0


def download(bucket: Bucket, key: str, manifest: Manifest) -> Path:
    """Downloads the encrypted file, and compares it with its manifest."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    file, digest = FOLDER / "data", hashlib.sha256()
    with file.open("wb") as target:
        stream = bucket.get(key)
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            target.write(chunk)
    if (size := file.stat().st_size) != manifest.size or digest.hexdigest() != manifest.sha256:
        raise BackupError(
            f"{manifest.name} is damaged: {size} bytes with the checksum {digest.hexdigest()[:12]}…, where its manifest"
            f" has {manifest.size} with {manifest.sha256[:12]}…. Take another backup"
        )
    return file


@contextlib.contextmanager
def opened(file: Path, identity: str) -> Iterator[IO[bytes]]:
    """The decrypted, unpacked content. Raises BackupError."""
    with decrypting(["age", "-d", "-i"], [str(file)], identity) as age:
        try:
            with gzip.open(cast(IO[bytes], age.stdout)) as content:
                yield cast(IO[bytes], content)
            wrong = ""
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            wrong = str(error)
        cast(IO[bytes], age.stdout).close()  # age may want to write more
        said = cast(IO[bytes], age.stderr).read().decode(errors="replace")
        code = age.wait()
    if "no identity matched" in said:
        raise BackupError("restore.identity does not open this backup: it was encrypted to another key")
    if code or wrong:
        raise BackupError(f"the backup is damaged: {(said.strip().splitlines() or [wrong])[0]}")


def token_of(snapshot: IO[bytes], identity: str) -> str:
    """The servers' token, from the first line of the content. It is encrypted once more."""
    line = snapshot.readline()
    if not line:
        raise EOFError("it is empty")
    try:
        sealed = base64.b64decode(json.loads(line)["token"])
    except (ValueError, KeyError, TypeError):
        raise BackupError("the backup does not begin with the servers' token: another program made it") from None
    with decrypting(["age", "-d", "-i"], [], identity, stdin=subprocess.PIPE) as age:
        token, said = age.communicate(sealed)
    if age.returncode:
        raise BackupError(f"age does not open the token in the backup: {said.decode(errors='replace').strip()}")
    return str(token.decode())


@contextlib.contextmanager
def decrypting(
    command: list[str], files: list[str], identity: str, stdin: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """age with an identity that comes by a pipe: it is in no file, and on no command line."""
    reading, writing = os.pipe()
    os.write(writing, identity.encode() + b"\n")
    os.close(writing)
    pipe = subprocess.PIPE
    whole = [*command, f"/dev/fd/{reading}", *files]
    with subprocess.Popen(whole, stdin=stdin, stdout=pipe, stderr=pipe, pass_fds=(reading,)) as age:
        os.close(reading)
        try:
            yield age
        except BaseException:
            age.kill()
            raise
