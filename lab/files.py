"""Writes a file in one step: who reads it, or comes after a kill, finds the old content or the new, never a part."""

import os
from pathlib import Path


def replace(file: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Put `content` in the place of what the file holds. With `mode`, its owner's only unless told.

    A file that holds just that already, with that mode, is not touched.
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
