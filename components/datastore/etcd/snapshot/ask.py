"""A part of the programs that back up and restore: etcd's own commands, as root."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.backup.host.store import BackupError

TLS = "/etc/etcd/tls"
MEMBER = (
    *("etcdctl", "--endpoints", "https://127.0.0.1:2379", "--cacert", f"{TLS}/authority.crt"),
    *("--cert", f"{TLS}/server.pem", "--key", f"{TLS}/server.pem"),
)
"""Asks the member on this host. It must be able to reach the leader for most answers."""
COMMAND_SECONDS = 3600
"""Time limit of one command. Those for a large database take minutes."""


def ask_etcd(command: Sequence[str], *words: str, content: bytes = b"", folder: Path | None = None) -> Any:
    """What a command answers, from its JSON. `content`: its stdin. `folder`: where it runs. Raises BackupError."""
    done = subprocess.run(
        [*command, *words, "-w", "json"],
        input=content,
        cwd=folder,
        capture_output=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no error"]
        raise BackupError(f"{command[0]} {' '.join(words[:2])}: {lines[-1].removeprefix('Error: ')[:300]}")
    return json.loads(done.stdout) if done.stdout.startswith((b"{", b"[")) else None
