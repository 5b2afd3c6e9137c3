"""The files of this folder as settings, and the key that stands in them."""

import json
import re
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import KeySerializationEncryption, NoEncryption

from components.credentials.plain_text import StackConfig, plain_secrets
from components.settings.kinds import kinds
from components.settings.load import Settings
from components.settings.rules.rule import Rule
from tests.stack import overlaid, stack_settings

HERE = Path(__file__).parent
BASE = stack_settings()
PEM, OPENSSH = serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH


def document(text: str) -> dict[str, Any]:
    """What a file says, with a key in place of NEW_KEY."""
    return yaml.safe_load(re.sub(r"NEW_KEY", lambda _: json.dumps(private_key()), text)) or {}


def changes(text: str) -> dict[str, Any]:
    """The program's own settings of a file, as Pulumi hands them over: decrypted."""
    return {name: value for name, value in decrypted(document(text)).items() if ":" not in name}


def decrypted(value: Any) -> Any:
    """A value of a stack's file; `secure` has its text in plain here."""
    if isinstance(value, dict):
        return value["secure"] if set(value) == {"secure"} else {key: decrypted(item) for key, item in value.items()}
    return [decrypted(item) for item in value] if isinstance(value, list) else value


def plain_text_rule(text: str) -> Rule:
    """Refuses what is not encrypted in a file, as the program does it for the stack's file."""
    given = document(text)
    config = {name if ":" in name else f"tailnet-k3s:{name}": value for name, value in given.items()}
    secret = frozenset(name for name, value in config.items() if decrypted(value) != value)
    known = StackConfig(secret, config, "tailnet-k3s")
    return partial(plain_secrets, decrypted(given), kinds(), known)


def check(text: str, file: str) -> Settings:
    """The settings of a file over those of tests/stack.yaml. Raises SettingsError."""
    return Settings.check(overlaid(BASE, changes(text)), file, plain_text_rule(text))


@cache
def private_key() -> str:
    """A key in OpenSSH's format: the same one all through a run."""
    return new_key(NoEncryption())


def new_key(protection: KeySerializationEncryption) -> str:
    """A new key in OpenSSH's format."""
    return ed25519.Ed25519PrivateKey.generate().private_bytes(PEM, OPENSSH, protection).decode()
