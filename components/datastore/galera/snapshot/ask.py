"""A part of the program that backs up: questions to this member's MariaDB, as root."""

from __future__ import annotations

import subprocess

from components.backup.host.store import BackupError

SECONDS = 60
"""Time limit of one question."""


def ask_mariadb(query: str) -> list[str]:
    """The first column of each row. Raises BackupError."""
    command = ["mariadb", "--batch", "--skip-column-names", "--connect-timeout=10"]
    done = subprocess.run(command, input=query, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode:
        raise BackupError(f"MariaDB does not answer here: {(done.stderr.strip().splitlines() or ['no error'])[-1]}")
    return [line.split("\t")[0] for line in done.stdout.splitlines()]
