"""A stack's file as a value: the user's settings, the lab's own in them, and the secrets of both."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.engine.cipher import Cipher, Secret

ENCRYPTION = ("encryptionsalt", "encryptedkey", "secretsprovider")
"""What a stack's file says of how its secrets are encrypted; the lab encrypts with a passphrase of its own."""


def own_config(given: Mapping[str, Any], project: str) -> dict[str, Any]:
    """The settings in a stack's file by full key; what is encrypted there is replaced by something of the lab's."""
    config: dict[str, Any] = hidden(given.get("config") or {})
    return full_keys(config, project)


def settings_of(file: Path, project: str) -> dict[str, Any]:
    """The program's own settings in a stack's file, by name; for what is encrypted there, something of the lab's."""
    config = own_config(yaml.safe_load(file.read_text()) or {}, project)
    return {key.removeprefix(f"{project}:"): each for key, each in config.items() if key.startswith(f"{project}:")}


def full_keys(config: Mapping[str, Any], project: str) -> dict[str, Any]:
    """Settings by full key: those without a namespace are the project's own."""
    return {key if ":" in key else f"{project}:{key}": value for key, value in config.items()}


def hidden(value: Any) -> Any:
    """A value of a stack's file, with a Secret of the lab's own for each that is encrypted.

    The real stack's passphrase is no business of the lab's, and nothing in the lab would know its secrets anyway.
    """
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return Secret("a secret of the lab")
        return {key: hidden(item) for key, item in value.items()}
    return [hidden(item) for item in value] if isinstance(value, list) else value


def encrypted(value: Any, before: Any, cipher: Cipher) -> Any:
    """A value with its secrets encrypted; where `before`, the value of the last time, has the same one, as there."""
    if isinstance(value, Secret):
        old = before.get("secure", "") if isinstance(before, dict) else ""
        return {"secure": old if cipher.decrypt(old) == value.text else cipher.encrypt(value.text)}
    if isinstance(value, dict):
        known = before if isinstance(before, dict) else {}
        return {key: encrypted(item, known.get(key), cipher) for key, item in value.items()}
    return [encrypted(item, None, cipher) for item in value] if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """A value with its secrets as they are: for looking at, not for keeping."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.text if isinstance(value, Secret) else value


def has_secrets(value: Any) -> bool:
    """Whether a Secret is in it."""
    if isinstance(value, dict | list):
        return any(map(has_secrets, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Secret)


def merged(base: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the values of `above`: maps in both are merged, anything else is replaced."""
    result = dict(base)
    for key, value in above.items():
        mine = result.get(key)
        result[key] = merged(mine, value) if isinstance(mine, dict) and isinstance(value, Mapping) else value
    return result
