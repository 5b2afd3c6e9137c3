"""A part of the look's script: what the timer for backups noted on this host."""

from __future__ import annotations

import json
from typing import Any

from components.look.gather.reading import at, text

FOLDER = "/var/lib/tailnet-k3s/backup"


def backup() -> dict[str, Any] | None:
    """The last backup, and the last error. The step that sets the timer up makes `token.for`."""
    try:
        since = int(at(f"{FOLDER}/token.for").stat().st_mtime)
    except OSError:
        return None
    known = json.loads(text(f"{FOLDER}/status.json") or "{}")
    last = known.get("last")
    shown = {key: last[key] for key in ("name", "made", "host", "size")} if last else None
    return {"since": since, "looked": known.get("looked"), "last": shown, "error": known.get("error")}
