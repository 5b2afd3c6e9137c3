"""How the parts of the script read files and folders, and run programs. None: missing, or not readable.

What can't be read, although it should be there, is noted with the reason: see `note`.
"""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

ROOT = "/"
"""Where the host's files are."""
SECONDS = 5
"""How long a program may run. After that, its fact is unknown."""


NOTES = threading.local()
"""Of the fact that this thread reads now: `problems`, a list of texts. main.py sets it."""


def note(problem: str) -> None:
    """Notes why a fact is not known, or not whole."""
    if hasattr(NOTES, "problems"):
        NOTES.problems.append(problem)


def at(path: str) -> Path:
    """A path on the host, below ROOT."""
    return Path(ROOT) / path.lstrip("/")


def text(path: str) -> str | None:
    """The content of a file."""
    try:
        return at(path).read_text(errors="replace")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        note(f"{path} can't be read ({error.strerror})")
        return None


def paths(pattern: str) -> list[str]:
    """The host's files and folders that match a pattern, sorted."""
    return sorted(f"/{found.relative_to(ROOT)}" for found in Path(ROOT).glob(pattern.lstrip("/")))


def run(*command: str, may_be_missing: bool = False, may_fail: bool = False) -> str | None:
    """What a program prints. None: the program is missing or fails."""
    environment = {**os.environ, "LC_ALL": "C", "PATH": f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"}
    try:
        ran = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, env=environment, check=False
        )
    except FileNotFoundError:
        if not may_be_missing:
            note(f"{command[0]} is not installed")
        return None
    except subprocess.TimeoutExpired:
        note(f"{command[0]} gave no answer within {SECONDS} s")
        return None
    except OSError as error:
        note(f"{command[0]} can't be run ({error.strerror})")
        return None
    if ran.returncode == 0:
        return ran.stdout.decode(errors="replace")
    if not may_fail:
        said = ran.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {ran.returncode}"]
        note(f"{command[0]} failed ({said[-1][:120]})")
    return None
