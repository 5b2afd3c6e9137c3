"""A part of the program that restores: what k3s keeps in a datastore of any kind, and new servers must not find.

A kind's `load` changes these in the restored data, before a server may start on them:

- Revisions go up, not back: whoever still has an old revision must not find other content under it later. The new one
  is beyond all that the old cluster can have made, and counts as compacted. So watches from before end with
  "compacted", and clients list anew.
- k3s keeps the keys of its authorities encrypted with the servers' token. They are encrypted with the new stack's.
- Nodes keep their objects, and so their UIDs and pods, but other machines join as these nodes: the passwords of the old
  ones go, and the mark of the old device (node_object.sh). The key keeps its length, because it is in Protobuf.
- Leases say who was alive. They go, so that nobody waits for the dead, or takes a dead node for a ready one.
"""

from __future__ import annotations

import base64
import hashlib
import os
import time

from components.backup.host.store import BackupError

LEAST_REVISIONS, REVISIONS_A_SECOND = 1_000_000, 1000
"""More than the old cluster can have made since the backup."""
PASSWORDS, PASSWORD_END = "/registry/secrets/kube-system/", ".node-password.k3s"
NODES, LEASES = "/registry/minions/", "/registry/leases/"
DEVICE, DEVICE_BEFORE = "tailnet-k3s/device", "tailnet-k3s/before"


def revisions_since(made: int) -> int:
    """By how much revisions go up. `made`: when the backup was made, in seconds since 1970."""
    return LEAST_REVISIONS + REVISIONS_A_SECOND * max(0, int(time.time()) - made)


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
