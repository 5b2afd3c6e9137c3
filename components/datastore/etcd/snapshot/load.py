"""A part of the program that restores (components/backup/host/restore.py): data for the first member of a new cluster.

It runs before etcd's first start on this host. The data are made beside their place, by etcd's own programs, and get
there by one rename: an interrupted run leaves nothing that counts. The other members copy them when they join.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from components.backup.host.k3s_data import (
    DEVICE,
    DEVICE_BEFORE,
    LEASES,
    NODES,
    PASSWORD_END,
    PASSWORDS,
    bootstrap_key,
    revisions_since,
    seal,
    unseal,
)
from components.backup.host.manifest import Manifest
from components.backup.host.restore import Restorer
from components.backup.host.store import CHUNK, BackupError
from components.datastore.etcd.snapshot.ask import ask_etcd

MEMBER_DATA = Path("/var/lib/etcd/tailnet-k3s")
UNFINISHED = MEMBER_DATA.with_name("restoring")
MARK = "member/restored-from"
"""In the folder of the data. etcd leaves it alone."""
PRESENCE_PORT, PRESENCE_SECONDS = 2382, 120
"""The other hosts may have joined the tailnet just now."""
START_SECONDS = 300
HASH_BYTES, PAGE_BYTES = 32, 512
"""A snapshot ends with a checksum of all that is before it; that has whole pages."""
Ask = Callable[..., Any]


def restored_before() -> str:
    """The backup that this host's data are from."""
    with contextlib.suppress(FileNotFoundError):
        return (MEMBER_DATA / MARK).read_text().strip()
    return ""


def data_of_members(settings: dict[str, Any]) -> str:
    """Data on this host, or on another one. `settings`: `member` is this host's name, `members` are NAME=ADDRESS,…"""
    if (MEMBER_DATA / "member").exists():
        return f"etcd's data on {settings['member']}"
    for name, address in (one.split("=") for one in settings["members"].split(",")):
        if name != settings["member"] and presence(name, address) != "none":
            return f"etcd's data on {name}"
    return ""


def presence(name: str, address: str) -> str:
    """`none` if the host has no data. install.sh starts what answers. Raises BackupError without an answer."""
    end = time.monotonic() + PRESENCE_SECONDS
    while True:
        try:
            with socket.create_connection((address, PRESENCE_PORT), timeout=5) as connection:
                if said := connection.makefile().readline().strip():
                    return said
                cause = "an empty answer"
        except OSError as error:
            cause = str(error)
        if time.monotonic() > end:
            raise BackupError(f"{name} does not tell whether it has data of etcd (port {PRESENCE_PORT}): {cause}")
        time.sleep(1)


def check_snapshot(snapshot: IO[bytes], token: str) -> None:
    """A whole snapshot ends with its own checksum. The one of the right cluster has the key that the token opens."""
    key, found, last = bootstrap_key(token).encode(), False, b""
    digest, size = hashlib.sha256(), 0
    while chunk := snapshot.read(CHUNK):
        text = last + chunk
        found = found or key in text
        digest.update(text[:-HASH_BYTES])
        last, size = text[-HASH_BYTES:], size + len(chunk)
    if size % PAGE_BYTES != HASH_BYTES or digest.digest() != last:
        raise BackupError("the snapshot in the backup is not whole: take another backup")
    if not found:
        raise BackupError("the token in the backup is of another cluster than its data: take another backup")


def load_snapshot(snapshot: IO[bytes], manifest: Manifest, settings: dict[str, Any], token: str) -> None:
    """Makes the data of a cluster whose only member is this host. Its identity is new, so no old member fits in."""
    shutil.rmtree(UNFINISHED, ignore_errors=True)  # of an interrupted run
    UNFINISHED.mkdir(mode=0o700)
    try:
        file, data = UNFINISHED / "snapshot", UNFINISHED / "data"
        with file.open("wb") as target:
            shutil.copyfileobj(snapshot, target, CHUNK)
        highest = ask_etcd(["etcdutl"], "snapshot", "status", str(file))["revision"]
        if highest < manifest.revision:
            raise BackupError(f"the data end at revision {highest}, and the backup had {manifest.revision}")
        peer = f"https://{settings['address']}:2380"
        ask_etcd(
            *(["etcdutl"], "snapshot", "restore", str(file), "--data-dir", str(data), "--name", settings["member"]),
            *("--initial-cluster", f"{settings['member']}={peer}", "--initial-advertise-peer-urls", peer),
            *("--initial-cluster-token", f"{manifest.name} {os.urandom(8).hex()}"),
            *("--bump-revision", str(revisions_since(manifest.made)), "--mark-compacted"),
        )
        with served(data, settings["member"]) as ask:
            revision = settle(ask, token, settings["token"])
        (data / MARK).write_text(f"{manifest.name}\n")
        for place in (data, *data.rglob("*")):
            shutil.chown(place, "etcd", "etcd")
        os.sync()
        data.rename(MEMBER_DATA)
        print(f"revision {highest} became {revision}", flush=True)
    finally:
        shutil.rmtree(UNFINISHED, ignore_errors=True)


@contextlib.contextmanager
def served(data: Path, name: str) -> Iterator[Ask]:
    """An etcd with these data, which only root reaches: by sockets in a folder. Gives what asks it."""
    command = (
        *("setpriv", "--pdeathsig", "KILL"),  # it must not outlive this program
        *("etcd", "--name", name, "--data-dir", str(data), "--enable-grpc-gateway=false", "--log-level=error"),
        *("--listen-client-urls", "unix://client:0", "--advertise-client-urls", "http://127.0.0.1:1"),
        *("--listen-peer-urls", "unix://peer:0", "--quota-backend-bytes", str(8 * 1024**3)),
    )
    etcdctl = ("etcdctl", "--endpoints", "unix://client:0")

    def ask(*words: str, content: bytes = b"") -> Any:
        return ask_etcd(etcdctl, *words, content=content, folder=data.parent)

    with (data.parent / "log").open("wb") as log, subprocess.Popen(command, cwd=data.parent, stderr=log) as etcd:
        try:
            end = time.monotonic() + START_SECONDS
            while True:
                try:
                    ask("endpoint", "status")
                    break
                except BackupError as error:
                    if etcd.poll() is not None or time.monotonic() > end:
                        said = (data.parent / "log").read_text(errors="replace").strip().splitlines() or [str(error)]
                        raise BackupError(f"etcd does not start with the snapshot: {said[-1][:300]}") from None
            yield ask
        finally:
            etcd.terminate()
            etcd.wait(60)


def settle(ask: Ask, old: str, new: str) -> int:
    """What new servers must find, and must not (k3s_data.py). Returns the revision."""
    ask("alarm", "disarm")  # a database that was full has room here
    found = pairs(ask("get", bootstrap_key(old)))
    if not found:
        raise BackupError("the data have no keys of the cluster's authorities")
    sealed = seal(unseal(found[bootstrap_key(old)], old), new)
    ask("put", bootstrap_key(new), content=sealed)
    if new != old:
        ask("del", bootstrap_key(old))
    for key, value in pairs(ask("get", NODES, "--prefix")).items():
        if DEVICE.encode() in value:
            ask("put", key, content=value.replace(DEVICE.encode(), DEVICE_BEFORE.encode()))
    for key in pairs(ask("get", PASSWORDS, "--prefix", "--keys-only")):
        if key.endswith(PASSWORD_END):
            ask("del", key)
    return int(ask("del", LEASES, "--prefix")["header"]["revision"])


def pairs(answer: dict[str, Any]) -> dict[str, bytes]:
    """Keys and values of an answer."""
    found = answer.get("kvs", [])
    return {base64.b64decode(one["key"]).decode(): base64.b64decode(one.get("value", "")) for one in found}


ETCD_RESTORER = Restorer(restored_before, data_of_members, check_snapshot, load_snapshot)
