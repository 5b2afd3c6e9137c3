"""How the parts of the script read files and folders, and run programs. None: missing, or not readable."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = "/"
"""Where the host's files are."""
SECONDS = 5
"""How long a program may run. After that, its fact is unknown."""


def at(path: str) -> Path:
    """A path on the host, below ROOT."""
    return Path(ROOT) / path.lstrip("/")


def text(path: str) -> str | None:
    """The content of a file."""
    try:
        return at(path).read_text(errors="replace")
    except OSError:
        return None


def paths(pattern: str) -> list[str]:
    """The host's files and folders that match a pattern, sorted."""
    return sorted(f"/{found.relative_to(ROOT)}" for found in Path(ROOT).glob(pattern.lstrip("/")))


def run(*command: str) -> str | None:
    """What a program prints. None: the program is missing or fails."""
    environment = {**os.environ, "LC_ALL": "C", "PATH": f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"}
    try:
        ran = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, env=environment, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return ran.stdout.decode(errors="replace") if ran.returncode == 0 else None
