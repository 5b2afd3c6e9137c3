"""What is inside of a text: base64, gzip, the parts of a message, the files and commands of a cloud-config."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Mapping
from email import message_from_string
from typing import Any

import yaml

BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
GZIP = b"\x1f\x8b"
LARGEST = 1 << 20
"""Bytes of a text after unpacking. Clouds take 64 KB of user data at most."""
MESSAGE = re.compile(r"\s*(MIME-Version|Content-Type):", re.IGNORECASE)
CLOUD_CONFIG = re.compile(r"(## template:.*\n)?\s*#cloud-config\b")
SCRIPTS = ("bootcmd", "runcmd")
DOCUMENT = re.compile(
    r"(^|.*/)(readme|license|changelog|motd|issue(\.net)?)$|.*\.(md|markdown|rst|adoc|txt|html?)$", re.IGNORECASE
)
"""Names of files for people. What they mention is not done."""
DEPTH = 5

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def contents(text: str, file: str = "", depth: int = DEPTH) -> Iterator[str]:
    """The text, and every text inside of it. Not documents: `file` is the name of the file that the text becomes."""
    if not depth or DOCUMENT.fullmatch(file):
        return
    whole = "".join(text.split())
    if BASE64.fullmatch(whole) and (inner := _decoded(whole)) is not None:
        yield from contents(inner, file, depth - 1)
    elif MESSAGE.match(text):
        yield from _parts_of_message(text, depth - 1)
    elif CLOUD_CONFIG.match(text) and (config := _yaml(text)) is not None:
        yield from _of_cloud_config(config, depth - 1)
    else:
        yield text
        for part in BASE64.findall(text):
            if (inner := _decoded(part)) is not None:
                yield from contents(inner, "", depth - 1)


def _decoded(text: str) -> str | None:
    """The text in base64, unpacked if it is packed. None: it is none."""
    try:
        return _text(base64.b64decode(text, validate=True))
    except binascii.Error:
        return None


def _text(data: bytes) -> str | None:
    try:
        if data.startswith(GZIP):
            data = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, LARGEST)
        return data.decode()
    except (zlib.error, UnicodeDecodeError):
        return None


def _parts_of_message(text: str, depth: int) -> Iterator[str]:
    for part in message_from_string(text.lstrip()).walk():
        data = part.get_payload(decode=True)
        if isinstance(data, bytes) and (inner := _text(data)) is not None:
            yield from contents(inner, "", depth)


def _yaml(text: str) -> dict[str, Any] | None:
    try:
        config = yaml.load(text, Loader=_Loader)  # noqa: S506 -- one of the two safe loaders
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: a date that is none
        return None
    return config if isinstance(config, dict) else None


def _of_cloud_config(config: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Its files, and its commands as one script, and all other texts."""
    for key, value in config.items():
        if key == "write_files" and isinstance(value, list):
            for file in value:
                if isinstance(file, dict):
                    yield from _value(file.get("content"), str(file.get("path") or ""), depth)
        elif key in SCRIPTS and isinstance(value, list):
            lines = (" ".join(map(str, one)) if isinstance(one, list) else str(one) for one in value)
            yield from contents("\n".join(lines), "", depth)
        else:
            yield from _value(value, "", depth)


def _value(value: object, file: str, depth: int) -> Iterator[str]:
    if isinstance(value, bytes):
        value = _text(value)
    if isinstance(value, str):
        yield from contents(value, file, depth)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _value(inner, file, depth)
    elif isinstance(value, list):
        yield from contents(" ".join(word for word in value if isinstance(word, str)), file, depth)
        for inner in value:
            yield from _value(inner, file, depth)
