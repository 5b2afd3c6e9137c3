"""Backs the datastore up, if nobody else has done so in this slot. A timer starts it on each database host.

Every host looks into the bucket at its own minutes; there is no leader. The kind of datastore says whether this member
may take the snapshot now, what is in it, and which command writes it (components/datastore/kind.py, `Snapshots`).
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from components.backup.host.manifest import DATA, MANIFEST, Manifest, backups_in, read_manifest, slot_of
from components.backup.host.store import CHUNK, LARGEST, BackupError, Bucket, StoreError

SETTINGS = Path("/etc/tailnet-k3s/backup.json")
STATE = Path("/var/lib/tailnet-k3s/backup")
ROOM = 512 * 1024**2
"""Bytes of the disk that a backup leaves free: the datastore is on the same disk, and must be able to write."""


class Taker(NamedTuple):
    """What a kind of datastore does here."""

    stands_back: Callable[[int], str]
    """Why this member takes no snapshot now; empty if it may. Gets the seconds since the slot began."""
    contents: Callable[[], tuple[int, int]]
    """The present revision, and the number of rows or keys."""
    command: Callable[[dict[str, Any], Path], list[str]]
    """Gets the settings, and a folder whose files are removed afterwards. The command writes the snapshot to its
    stdout."""


def main(kind: Taker) -> None:
    """Looks, backs up if need be, and notes the result for `status`. A failure is the last line of the unit's log."""
    settings = json.loads(SETTINGS.read_text())
    try:
        note(run(settings, kind, time.time()), None)
    except Exception as error:  # whatever it is, `status` must show it
        words = str(error) if isinstance(error, (BackupError, OSError)) else f"{type(error).__name__}: {error}"
        note(None, words)
        sys.exit(f"no backup: {words}")


def run(settings: dict[str, Any], kind: Taker, now: float) -> Manifest | None:
    """The newest backup that the bucket has now: one that was there, or one that this host has made."""
    bucket, prefix = Bucket(**settings["bucket"]), str(settings["prefix"])
    slot = slot_of(now, settings["every_hours"])
    present = backups_in(bucket, prefix)
    if any(name >= slot for name in present):
        print(f"{present[-1]} is there", flush=True)
        return read_manifest(bucket, prefix, present[-1])
    if reason := kind.stands_back(int(now) % (settings["every_hours"] * 3600)):
        print(f"leaves {slot} to another member: {reason}", flush=True)
        return read_manifest(bucket, prefix, present[-1]) if present else None
    made = back_up(settings, kind, bucket, f"{slot}-{settings['host']}", now)
    print(f"made {made.name}: {made.rows} rows, {made.size} bytes", flush=True)
    forget_old(bucket, prefix, settings["keep"])
    return made


def back_up(settings: dict[str, Any], kind: Taker, bucket: Bucket, name: str, now: float) -> Manifest:
    """Makes a backup. Its manifest comes last, when the bucket has given the same data back."""
    revision, rows = kind.contents()
    folder = Path(os.environ.get("CACHE_DIRECTORY", "/var/cache/tailnet-k3s-backup"))
    remove_files(folder)  # of an interrupted run
    file = folder / "data"
    head = json.dumps({"token": base64.b64encode((STATE / "token.age").read_bytes()).decode()}).encode() + b"\n"
    try:
        sha256 = encrypt(head, kind.command(settings, folder), settings["recipient"], file)
        size = file.stat().st_size
        if size > LARGEST:
            raise BackupError(f"the backup has {size} bytes, and S3 takes {LARGEST} in one piece")
        known = {key: settings[key] for key in ("kind", "host", "k3s", "token", "recipient", "encrypts")}
        manifest = Manifest(name, int(now), revision=revision, rows=rows, size=size, sha256=sha256, **known)
        key = f"{settings['prefix']}/{name}"
        bucket.put(f"{key}{DATA}", file, sha256)
    finally:
        remove_files(folder)
    if (back := sha256_of(bucket.get(f"{key}{DATA}"))) != sha256:
        raise BackupError(f"the bucket gave {name} back with another checksum: {back[:12]}…, not {sha256[:12]}…")
    text = manifest.text()
    bucket.put(f"{key}{MANIFEST}", text, hashlib.sha256(text).hexdigest())
    return read_manifest(bucket, settings["prefix"], name)


def encrypt(head: bytes, command: list[str], recipient: str, file: Path) -> str:
    """Writes `head` and what the command prints, compressed and encrypted. Returns the file's SHA-256."""
    pipe = subprocess.PIPE
    digest = hashlib.sha256()
    with contextlib.ExitStack() as block:
        sealing = block.enter_context(running(["age", "-r", recipient], stdin=pipe, stdout=pipe))
        into, out = cast(IO[bytes], sealing.stdin), cast(IO[bytes], sealing.stdout)
        into.write(gzip.compress(head))  # a gzip file may have several parts
        into.flush()
        source = block.enter_context(running(command, stdout=pipe))
        packing = block.enter_context(running(["gzip", "-6"], stdin=source.stdout, stdout=into))
        cast(IO[bytes], source.stdout).close()
        into.close()
        with file.open("wb") as target:
            while chunk := out.read(CHUNK):
                refuse_full_disk(file.parent)
                digest.update(chunk)
                target.write(chunk)
        for process, name in ((source, command[0]), (packing, "gzip"), (sealing, "age")):
            if code := process.wait():
                raise BackupError(f"{name} failed with {code}: see the lines above")
    return digest.hexdigest()


def remove_files(folder: Path) -> None:
    """All that are in it."""
    for file in folder.iterdir():
        file.unlink()


def refuse_full_disk(folder: Path, more: int = 0) -> None:
    """Raises BackupError while there is still room for the datastore, beside `more` bytes that the backup needs."""
    if (free := shutil.disk_usage(folder).free) < ROOM + more:
        raise BackupError(
            f"the disk of {folder} has {free // 1024**2} MB left, and a backup needs {more // 1024**2} MB and leaves"
            f" {ROOM // 1024**2} MB to the datastore: make room there"
        )


@contextlib.contextmanager
def running(command: list[str], **files: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that does not outlive the block."""
    with subprocess.Popen(command, **files) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def sha256_of(stream: Any) -> str:
    """Of all that a stream gives."""
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def forget_old(bucket: Bucket, prefix: str, keep: int | None) -> None:
    """Deletes all but the newest `keep` backups. A key that may not delete leaves that to rules of the bucket."""
    for name in backups_in(bucket, prefix)[: -(keep or 0)]:
        try:
            for end in (MANIFEST, DATA):  # the manifest first: what is left then counts no more
                bucket.delete(f"{prefix}/{name}{end}")
        except StoreError as error:
            if error.code != "AccessDenied":
                raise
            print(f"the key may not delete {name}: let a rule of the bucket delete old backups", flush=True)
            return


def note(last: Manifest | None, error: str | None) -> None:
    """Writes what `status` and the look at hosts read. A failed run keeps what is known of the last backup."""
    file = STATE / "status.json"
    with contextlib.suppress(OSError, ValueError):
        before = json.loads(file.read_text())
        last = last or (Manifest(**before["last"]) if before.get("last") else None)
    new = file.with_suffix(".new")
    new.write_text(json.dumps({"looked": int(time.time()), "last": last and last._asdict(), "error": error}))
    new.replace(file)
