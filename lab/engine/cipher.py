"""Encrypts secrets in a stack's file, as Pulumi does with a passphrase, so that the file contains none in plain text.

Pulumi's own command would need a second for each value. The format is Pulumi's: AES-256-GCM. PBKDF2 derives the key
from the passphrase and the file's `encryptionsalt`. The salt contains an encrypted known text, to detect a wrong
passphrase.
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
    """A text that must be encrypted in a stack's file. Its repr does not show it."""

    text: str = field(repr=False)


class Cipher:
    """Encrypts and decrypts the values of one stack's file."""

    def __init__(self, passphrase: str, encryption_salt: str | None = None) -> None:
        """Uses the file's `encryptionsalt`, or a new one. Raises ValueError for the salt of another passphrase."""
        known = ""
        if encryption_salt is None:
            salt = os.urandom(_SALT_BYTES)
        else:
            _, encoded, known = encryption_salt.split(":", 2)
            salt = base64.b64decode(encoded)
        key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ROUNDS, _KEY_BYTES)
        self._cipher = AESGCM(key)
        if encryption_salt is not None and self.decrypt(known) != _KNOWN:
            raise ValueError("encryptionsalt belongs to another passphrase")
        text = f"{VERSION}:{base64.b64encode(salt).decode()}:{self.encrypt(_KNOWN)}"
        self.encryption_salt = encryption_salt or text

    def encrypt(self, text: str) -> str:
        """The value after `secure:` in the file. It differs each time."""
        nonce = os.urandom(_NONCE_BYTES)
        parts = (nonce, self._cipher.encrypt(nonce, text.encode(), None))
        return ":".join([VERSION, *(base64.b64encode(part).decode() for part in parts)])

    def decrypt(self, encrypted: str) -> str | None:
        """The text; None if it was encrypted with another key."""
        try:
            version, nonce, text = encrypted.split(":")
            plain = self._cipher.decrypt(base64.b64decode(nonce), base64.b64decode(text), None).decode()
        except (ValueError, InvalidTag):
            return None
        return plain if version == VERSION else None
