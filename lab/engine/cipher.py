"""Secrets in a stack's file, encrypted as Pulumi does it with a passphrase: so none of them is ever there in plain.

Its own command would do it too, at a second for each value. The format is Pulumi's: AES-256-GCM, its key by PBKDF2 from
the passphrase and the file's `encryptionsalt`, which has a known text encrypted in it to tell a wrong passphrase.
"""

import base64
import hashlib
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROUNDS = 1_000_000
VERSION = "v1"
_KNOWN = "pulumi"
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES = 8, 12, 32


@dataclass(frozen=True)
class Secret:
    """A text for a stack's file that is to be encrypted there, and not to be seen before."""

    text: str = field(repr=False)


class Cipher:
    """Encrypts and decrypts what stands in one stack's file."""

    def __init__(self, passphrase: str, encryption_salt: str | None = None) -> None:
        """With the file's `encryptionsalt`, or a new one. Raises ValueError if that is of another passphrase."""
        known = ""
        if encryption_salt is None:
            salt = os.urandom(_SALT_BYTES)
        else:
            _, encoded, known = encryption_salt.split(":", 2)
            salt = base64.b64decode(encoded)
        key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ROUNDS, _KEY_BYTES)
        self._cipher = AESGCM(key)
        if encryption_salt is not None and self.decrypt(known) != _KNOWN:
            raise ValueError("encryptionsalt is of another passphrase")
        text = f"{VERSION}:{base64.b64encode(salt).decode()}:{self.encrypt(_KNOWN)}"
        self.encryption_salt = encryption_salt or text

    def encrypt(self, text: str) -> str:
        """As it stands in the file after `secure:`. Another each time."""
        nonce = os.urandom(_NONCE_BYTES)
        parts = (nonce, self._cipher.encrypt(nonce, text.encode(), None))
        return ":".join([VERSION, *(base64.b64encode(part).decode() for part in parts)])

    def decrypt(self, encrypted: str) -> str | None:
        """The text; None for what was encrypted otherwise."""
        try:
            version, nonce, text = encrypted.split(":")
            plain = self._cipher.decrypt(base64.b64decode(nonce), base64.b64decode(text), None).decode()
        except (ValueError, InvalidTag):
            return None
        return plain if version == VERSION else None
