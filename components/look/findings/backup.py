"""Rules for backups: there is a new one, and hosts can make the next."""

from collections.abc import Iterable, Iterator, Mapping

from components.look.facts import Backup, Facts, LastBackup
from components.look.wanted import WantedHost
from components.settings.errors import Finding

LATE = 2
"""So many slots may pass without a backup."""


def backups_are_made(wanted: Mapping[str, WantedHost], facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """Warns when the last backup is older than twice the interval. Each host that failed says why."""
    known = {name: one for name in wanted if (one := facts[name].backup)}
    hours = next((host.backup_hours for host in wanted.values() if host.backup_hours), None)
    if not known or hours is None:
        return
    now = max((clock.seconds for name in known if (clock := facts[name].clock)), default=None)
    last = newest(known.values())
    start = last.made if last else min(one.since for one in known.values())
    if now is None or now - start <= LATE * hours * 3600:
        return
    age = f"{(now - start) / 3600:.0f} hours"
    what = f"has made none for {age}, since {last.name}" if last else f"has made none since it was set up {age} ago"
    causes = dict.fromkeys(one.error for one in known.values() if one.error)
    why = "; ".join(f"{cause} ({_hosts(known, cause)})" for cause in causes) or "the timers of its hosts do not run"
    yield Finding("backup", f"{what}, although one is due every {hours} hours: {why}.", "warning")


def newest(backups: Iterable[Backup]) -> LastBackup | None:
    """The newest one that any host knows of."""
    found = [one.last for one in backups if one.last]
    return max(found, key=lambda one: one.made, default=None)


def _hosts(known: Mapping[str, Backup], cause: str) -> str:
    return ", ".join(name for name, one in known.items() if one.error == cause)
