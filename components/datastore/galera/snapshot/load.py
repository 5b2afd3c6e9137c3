"""A part of the program that restores (components/backup/host/restore.py): fills Galera's databases from a dump.

What k3s_data.py says of all kinds, `settle_kine` does in kine's table.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
from typing import IO, Any, cast

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
from components.datastore.galera.snapshot.ask import ask_mariadb

END = b"-- Dump completed"
SANDBOX = b"/*!999999\\- enable the sandbox mode */"
"""First line of newer dumps. Older clients take it for an error."""


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

    kine takes the row's id as revision. It would fill a gap between two rows with a row for each id. It fills none
    here: it starts from its last row, which is a `gap` row with the new id. This compacts first, with kine's own
    statement.
    """
    (highest,) = ask_mariadb("SELECT MAX(id) FROM k3s.kine")
    if int(highest) < manifest.revision:
        raise BackupError(f"the data end at revision {highest}, and the backup had {manifest.revision}")
    revision = int(highest) + revisions_since(manifest.made)
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
DELETE FROM kine WHERE name LIKE '{PASSWORDS}%{PASSWORD_END}';
UPDATE kine SET value = REPLACE(value, '{DEVICE}', '{DEVICE_BEFORE}') WHERE name LIKE '{NODES}%';
DELETE FROM kine WHERE name LIKE '{LEASES}%';
INSERT INTO kine (id, name, created, deleted, create_revision, prev_revision, lease, value, old_value)
  VALUES ({revision}, 'gap-{revision}', 0, 1, 0, 0, 0, NULL, NULL);
UPDATE kine SET prev_revision = {revision} WHERE name = 'compact_rev_key';
COMMIT;""")  # noqa: S608 -- names, numbers and Base64 of this program
    print(f"revision {highest} became {revision}", flush=True)


GALERA_RESTORER = Restorer(restored_before, contents_of_databases, check_dump, load_dump)
