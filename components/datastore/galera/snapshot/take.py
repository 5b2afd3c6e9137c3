"""A part of the program that backs up (components/backup/host/back_up.py): a snapshot of this member's databases.

mariadb-dump reads them in one transaction, so the member goes on, and all tables are of the same moment. A writer would
feel the load. So it leaves the work to another member in the first half hour of a slot.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.backup.host.back_up import Taker
from components.datastore.galera.snapshot.ask import ask_mariadb

WRITER_WAITS_SECONDS = 1800
OPTIONS = ("--single-transaction", "--quick", "--hex-blob", "--skip-lock-tables", "--skip-add-locks")
STATE_QUERY = (
    "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'wsrep_local_state_comment';"
    "SELECT COUNT(*) FROM information_schema.processlist WHERE db = 'k3s' AND host LIKE '%:%'"
)


def member_stands_back(seconds: int) -> str:
    """A member that is not Synced has old data, or has given its data away. The writer is the one that k3s uses."""
    state, sessions = ask_mariadb(STATE_QUERY)
    if state != "Synced":
        return f"this one is {state}"
    return "this one is the writer" if int(sessions) and seconds < WRITER_WAITS_SECONDS else ""


def member_contents() -> tuple[int, int]:
    """kine's revision is the id of its last row."""
    revision, rows = ask_mariadb("SELECT COALESCE(MAX(id), 0) FROM k3s.kine; SELECT COUNT(*) FROM k3s.kine")
    return int(revision), int(rows)


def dump_command(settings: dict[str, Any], _: Path) -> list[str]:
    """The cluster's database, and those of other applications."""
    return ["mariadb-dump", *OPTIONS, "--databases", "k3s", *settings["databases"]]


GALERA_TAKER = Taker(member_stands_back, member_contents, dump_command)
