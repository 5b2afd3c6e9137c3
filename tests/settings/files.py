"""The files of this folder as settings, and the key that stands in them."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import KeySerializationEncryption, NoEncryption

from tests.stack import stack_settings

HERE = Path(__file__).parent
BASE = stack_settings()
PEM, OPENSSH = serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH


def changes(text: str) -> dict[str, Any]:
    """What a file says, with a key in place of NEW_KEY."""
    return yaml.safe_load(re.sub(r"NEW_KEY", lambda _: json.dumps(private_key()), text)) or {}


@cache
def private_key() -> str:
    """A key in OpenSSH's format: the same one all through a run."""
    return new_key(NoEncryption())


def new_key(protection: KeySerializationEncryption) -> str:
    """A new key in OpenSSH's format."""
    return ed25519.Ed25519PrivateKey.generate().private_bytes(PEM, OPENSSH, protection).decode()
