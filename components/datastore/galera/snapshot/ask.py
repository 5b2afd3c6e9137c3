"""A part of the programs that back up and restore: questions to this member's MariaDB, as root."""

from __future__ import annotations

import subprocess

from components.backup.host.store import BackupError

QUESTION_SECONDS = 900
"""Time limit of one question. Those of a restore change every row."""


def ask_mariadb(query: str) -> list[str]:
    """The first column of each row. Raises BackupError."""
    command = ["mariadb", "--batch", "--skip-column-names", "--connect-timeout=10"]
    done = subprocess.run(command, input=query, capture_output=True, text=True, timeout=QUESTION_SECONDS, check=False)
    if done.returncode:
        raise BackupError(f"MariaDB does not answer here: {(done.stderr.strip().splitlines() or ['no error'])[-1]}")
    return [line.split("\t")[0] for line in done.stdout.splitlines()]
