"""Writes files atomically: a reader finds the old or the new content, never a part, also after a kill."""

import os
from pathlib import Path


def replace(file: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Replaces the content of a file. By default only its owner can read it.

    Does not write a file that has this content and mode already.
    """
    data = content.encode() if isinstance(content, str) else content
    if file.exists() and file.stat().st_mode & 0o7777 == mode and file.read_bytes() == data:
        return
    draft = file.with_name(f".{file.name}.{os.getpid()}")  # by no other process, and no *.json for who lists those
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        os.fchmod(descriptor, mode)
        out.write(data)
    draft.rename(file)
