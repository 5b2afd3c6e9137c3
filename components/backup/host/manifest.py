"""A part of the programs on hosts: names of backups, and what stands beside each. Only with its manifest it counts."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from typing import NamedTuple

from components.backup.host.store import BackupError, Bucket

FORMAT = 1
DATA, MANIFEST = ".age", ".json"
STAMP = "%Y%m%dT%H%MZ"
NAME = re.compile(r"\d{8}T\d{4}Z-[a-z0-9-]+")


class Manifest(NamedTuple):
    """What is known of a backup without its key. It contains no secret."""

    name: str
    """Its slot and the host that made it: `20261130T1800Z-oracle-2`."""
    made: int
    """When the snapshot began, in seconds since 1970."""
    kind: str
    """The datastore's kind."""
    host: str
    k3s: str
    """k3s' version."""
    token: str
    """Fingerprint of the servers' token."""
    revision: int
    """The datastore's revision when the snapshot began. The snapshot has this one or a later one."""
    rows: int
    """Rows or keys at that time."""
    size: int
    """Bytes of the encrypted file."""
    sha256: str
    """Of the encrypted file."""
    recipient: str
    """The public key that it was encrypted to."""
    encrypts: bool | None = None
    """Whether k3s encrypts Secrets in the datastore. None: nobody noted it."""
    format: int = FORMAT

    def text(self) -> bytes:
        """As JSON."""
        return json.dumps(self._asdict(), indent=1).encode() + b"\n"


def slot_of(seconds: float, every_hours: int) -> str:
    """The slot of a time: its first minute, in UTC."""
    start = int(seconds) // (every_hours * 3600) * every_hours * 3600
    return datetime.datetime.fromtimestamp(start, datetime.timezone.utc).strftime(STAMP)  # noqa: UP017 -- Python 3.9


def fingerprint(token: str) -> str:
    """Of the servers' token: too short to derive the token from it, long enough to tell one from another."""
    return hashlib.sha256(f"tailnet-k3s servers' token {token}".encode()).hexdigest()[:16]


def backups_in(bucket: Bucket, prefix: str) -> list[str]:
    """Names of the backups that count, the oldest first. Raises StoreError."""
    names = [key[len(prefix) + 1 : -len(MANIFEST)] for key in bucket.keys(f"{prefix}/") if key.endswith(MANIFEST)]
    return [name for name in names if NAME.fullmatch(name)]


def read_manifest(bucket: Bucket, prefix: str, name: str) -> Manifest:
    """The manifest of a backup. Raises BackupError if it is damaged, or of another format."""
    text = bucket.get(f"{prefix}/{name}{MANIFEST}").read()
    try:
        known = json.loads(text)
        if known["format"] != FORMAT:
            raise BackupError(f"{name} has the format {known['format']}: a newer version of this program made it")
        manifest = Manifest(**known)
        if manifest.name != name or not all(isinstance(one, int) for one in (manifest.made, manifest.revision)):
            raise ValueError
        return manifest
    except (ValueError, KeyError, TypeError):
        raise BackupError(f"{name}{MANIFEST} is damaged: take another backup") from None
