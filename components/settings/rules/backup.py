"""Rules for backups and the restore of one."""

from components.settings.backup import Backup, Restore
from components.settings.errors import Finding
from components.settings.rules.rule import Findings


def restore_knows_the_bucket(backup: Backup | None, restore: Restore | None) -> Findings:
    """The bucket and its key are among the settings of backups."""
    if restore and not backup:
        yield Finding("restore", "needs the settings `backup`, which say where backups are. Add them.")
