"""A part of the program that restores (components/backup/host/restore.py): fills Galera's databases from a dump.

What kine's table needs before a k3s server may start on it, with the reasons, is in `settle_kine`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import time
from typing import IO, Any, cast

from components.backup.host.manifest import Manifest
from components.backup.host.restore import Restorer
from components.backup.host.store import CHUNK, BackupError
from components.datastore.galera.snapshot.ask import ask_mariadb

END = b"-- Dump completed"
SANDBOX = b"/*!999999\\- enable the sandbox mode */"
"""First line of newer dumps. Older clients take it for an error."""
LEAST_REVISIONS, REVISIONS_A_SECOND = 1_000_000, 1000
"""More than the old cluster can have made since the backup."""


def restored_before() -> str:
    """The finished restore, which the members' own table names."""
    found = "FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'tailnet_k3s' AND TABLE_NAME = 'restored'"
    if ask_mariadb(f"SELECT COUNT(*) {found}") == ["0"]:
        return ""
    return "".join(ask_mariadb("SELECT name FROM tailnet_k3s.restored WHERE ended IS NOT NULL"))


def contents_of_databases(settings: dict[str, Any]) -> str:
    """Tables, unless they are of a restore that was interrupted: `load_dump` replaces those."""
    names = ", ".join(f"'{name}'" for name in ("k3s", *settings["databases"]))
    query = f"SELECT TABLE_SCHEMA FROM information_schema.TABLES WHERE TABLE_SCHEMA IN ({names}, 'tailnet_k3s')"  # noqa: S608
    found = set(ask_mariadb(query))
    if "tailnet_k3s" in found and ask_mariadb("SELECT COUNT(*) FROM tailnet_k3s.restored WHERE ended IS NULL") == ["1"]:
        return ""
    return ", ".join(f"the database {name}" for name in sorted(found - {"tailnet_k3s"}))


def check_dump(snapshot: IO[bytes], token: str) -> None:
    """A whole dump ends with a line of its own. The one of the right cluster has the key that the token opens."""
    key, found, last = bootstrap_key(token).encode(), False, b""
    while chunk := snapshot.read(CHUNK):
        text = last + chunk
        found = found or key in text
        last = text[-200:]
    if END not in last:
        raise BackupError("the dump in the backup has no end: take another backup")
    if not found:
        raise BackupError("the token in the backup is of another cluster than its data: take another backup")


def load_dump(snapshot: IO[bytes], manifest: Manifest, settings: dict[str, Any], token: str) -> None:
    """Replaces the tables. The members' own table says that this was begun, and at last that it is done."""
    ask_mariadb(f"""CREATE DATABASE IF NOT EXISTS tailnet_k3s;
CREATE OR REPLACE TABLE tailnet_k3s.restored (name VARCHAR(100) PRIMARY KEY, began DATETIME, ended DATETIME);
INSERT INTO tailnet_k3s.restored VALUES ('{manifest.name}', UTC_TIMESTAMP(), NULL);""")  # noqa: S608 -- read_manifest has checked the name
    with subprocess.Popen(["mariadb"], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        into = cast(IO[bytes], client.stdin)
        try:
            first = snapshot.readline()
            into.write(b"" if first.startswith(SANDBOX) else first)
            shutil.copyfileobj(snapshot, into, CHUNK)
            into.close()
        except BrokenPipeError:
            pass  # the client says why
        said = cast(IO[bytes], client.stderr).read().decode(errors="replace").strip()
    if client.returncode:
        raise BackupError(f"MariaDB does not take the dump: {said[:300]}")
    settle_kine(manifest, token, settings["token"])
    ask_mariadb("UPDATE tailnet_k3s.restored SET ended = UTC_TIMESTAMP()")


def settle_kine(manifest: Manifest, old: str, new: str) -> None:
    """Makes kine's table fit for new servers, in one transaction.

    - Revisions go up, not back: whoever still has an old revision must not find other content under it later. kine
      takes the row's id as revision. The new one is beyond all that the old cluster can have made. kine would fill a
      gap between two rows with a row for each id. It fills none here: it starts from its last row, which is a `gap`
      row with the new id. The new id counts as compacted, so watches from before end with "compacted", and clients
      list anew. This compacts first, with kine's own statement.
    - k3s keeps the keys of its authorities encrypted with the servers' token. They are encrypted with the new stack's.
    - Nodes keep their objects, and so their UIDs and pods, but other machines join as these nodes: the passwords of the
      old ones go, and the mark of the old device (node_object.sh). The key keeps its length, because it is in Protobuf.
    - Leases say who was alive. They go, so that nobody waits for the dead, or takes a dead node for a ready one.
    """
    (highest,) = ask_mariadb("SELECT MAX(id) FROM k3s.kine")
    if int(highest) < manifest.revision:
        raise BackupError(f"the data end at revision {highest}, and the backup had {manifest.revision}")
    revision = int(highest) + LEAST_REVISIONS + REVISIONS_A_SECOND * max(0, int(time.time()) - manifest.made)
    old_key, new_key = bootstrap_key(old), bootstrap_key(new)
    last = f"WHERE name = '{old_key}' AND deleted = 0 ORDER BY id DESC LIMIT 1"
    sealed = ask_mariadb(f"SELECT REPLACE(TO_BASE64(value), '\\n', '') FROM k3s.kine {last}")  # noqa: S608
    if not sealed:
        raise BackupError("the data have no keys of the cluster's authorities")
    value = base64.b64encode(seal(unseal(base64.b64decode(sealed[0]), old), new)).decode()
    ask_mariadb(f"""USE k3s; START TRANSACTION;
DELETE kv FROM kine AS kv INNER JOIN (
  SELECT kp.prev_revision AS id FROM kine AS kp WHERE kp.name != 'compact_rev_key' AND kp.prev_revision != 0
  UNION ALL SELECT kd.id AS id FROM kine AS kd WHERE kd.deleted != 0) AS ks ON kv.id = ks.id;
UPDATE kine SET name = '{new_key}', value = FROM_BASE64('{value}'), old_value = NULL WHERE name = '{old_key}';
DELETE FROM kine WHERE name LIKE '/registry/secrets/kube-system/%.node-password.k3s';
UPDATE kine SET value = REPLACE(value, 'tailnet-k3s/device', 'tailnet-k3s/before')
  WHERE name LIKE '/registry/minions/%';
DELETE FROM kine WHERE name LIKE '/registry/leases/%';
INSERT INTO kine (id, name, created, deleted, create_revision, prev_revision, lease, value, old_value)
  VALUES ({revision}, 'gap-{revision}', 0, 1, 0, 0, 0, NULL, NULL);
UPDATE kine SET prev_revision = {revision} WHERE name = 'compact_rev_key';
COMMIT;""")  # noqa: S608 -- names, numbers and Base64 of this program
    print(f"revision {highest} became {revision}", flush=True)


def bootstrap_key(token: str) -> str:
    """Where k3s keeps the keys of a cluster (pkg/cluster/encrypt.go)."""
    return f"/bootstrap/{hashlib.sha256(token.encode()).hexdigest()[:12]}"


def unseal(sealed: bytes, token: str) -> bytes:
    """Decrypts as k3s does: AES-GCM with a key of PBKDF2, in Base64 after the salt."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, _, text = sealed.partition(b":")
    content = base64.b64decode(text)
    try:
        return AESGCM(_key(token, salt)).decrypt(content[:12], content[12:], None)
    except (InvalidTag, ValueError):
        raise BackupError("the token in the backup does not open the keys of the cluster's authorities") from None


def seal(content: bytes, token: str) -> bytes:
    """The reverse of `unseal`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = os.urandom(8).hex().encode(), os.urandom(12)
    return salt + b":" + base64.b64encode(nonce + AESGCM(_key(token, salt)).encrypt(nonce, content, None))


def _key(token: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha1", token.encode(), salt, 4096, 32)


GALERA_RESTORER = Restorer(restored_before, contents_of_databases, check_dump, load_dump)
