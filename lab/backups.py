"""What `bin/lab status` says of backups: the last one, and why the next one fails."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lab.status import Status


def last_backup(status: Status, now: datetime | None = None) -> str | None:
    """A line with the newest backup. None: the stack has no backups."""
    noted = _noted(status)
    if not noted:
        return None
    last = max((one["last"] for one in noted.values() if one["last"]), key=lambda one: one["made"], default=None)
    if last is None:
        return f"last backup: none yet in {status.backups}"
    hours = ((now or datetime.now(UTC)).timestamp() - last["made"]) / 3600
    size = f"{last['size'] / 2**20:.1f} MiB"
    return f"last backup: {last['name']}, {hours:.1f} hours old, {size}, by {last['host']}, in {status.backups}"


def failures(status: Status) -> list[str]:
    """A line for each host whose last run failed."""
    return [f"{host}: no backup: {one['error']}" for host, one in _noted(status).items() if one["error"]]


def _noted(status: Status) -> Mapping[str, dict[str, Any]]:
    return {name: host.backup for name, host in status.hosts.items() if host.backup}
