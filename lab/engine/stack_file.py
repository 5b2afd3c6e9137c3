"""Reads a stack's file, merges the lab's settings into it, and handles the secrets of both."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.engine.cipher import Cipher, Secret

ENCRYPTION = ("encryptionsalt", "encryptedkey", "secretsprovider")
"""Keys of a stack's file about encryption. The lab replaces them: it uses its own passphrase."""


def own_config(given: Mapping[str, Any], project: str) -> dict[str, Any]:
    """The settings in a stack's file by full key. The lab's own values replace encrypted ones."""
    config: dict[str, Any] = hidden(given.get("config") or {})
    return full_keys(config, project)


def settings_of(file: Path, project: str) -> dict[str, Any]:
    """The program's settings in a stack's file, by name. The lab's own values replace encrypted ones."""
    config = own_config(yaml.safe_load(file.read_text()) or {}, project)
    return {key.removeprefix(f"{project}:"): each for key, each in config.items() if key.startswith(f"{project}:")}


def full_keys(config: Mapping[str, Any], project: str) -> dict[str, Any]:
    """Settings by full key. Keys without a namespace belong to the project."""
    return {key if ":" in key else f"{project}:{key}": value for key, value in config.items()}


def hidden(value: Any) -> Any:
    """A value of a stack's file, with a Secret of the lab in place of each encrypted value.

    The lab must not know the real stack's passphrase, and its servers would not know the real secrets.
    """
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return Secret("a secret of the lab")
        return {key: hidden(item) for key, item in value.items()}
    return [hidden(item) for item in value] if isinstance(value, list) else value


def encrypted(value: Any, before: Any, cipher: Cipher) -> Any:
    """A value with encrypted secrets. An unchanged secret keeps its ciphertext from `before`, the last value."""
    if isinstance(value, Secret):
        old = before.get("secure", "") if isinstance(before, dict) else ""
        return {"secure": old if cipher.decrypt(old) == value.text else cipher.encrypt(value.text)}
    if isinstance(value, dict):
        known = before if isinstance(before, dict) else {}
        return {key: encrypted(item, known.get(key), cipher) for key, item in value.items()}
    return [encrypted(item, None, cipher) for item in value] if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """A value with plain secrets. Do not store it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.text if isinstance(value, Secret) else value


def has_secrets(value: Any) -> bool:
    """Whether a value contains a Secret."""
    if isinstance(value, dict | list):
        return any(map(has_secrets, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Secret)


def merged(base: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the values of `above`. Maps in both are merged; other values are replaced."""
    result = dict(base)
    for key, value in above.items():
        mine = result.get(key)
        result[key] = merged(mine, value) if isinstance(mine, dict) and isinstance(value, Mapping) else value
    return result
