"""Restarts mariadbd on a member in the two states that it does not leave by itself.

- It has left the cluster, and runs on. Seen when two members come back at once and one gets what it missed from the
  other, which has only just got it itself: Galera says `node restart required` and leaves it at that. A member that is
  merely outvoted is still connected.
- It is a synced member without a thread that applies the others' writes: nobody's commits come back until it has gone.
  MariaDB has published this as MDEV-38843. It would not end when told to, so it is killed; systemd starts it again.
"""

import subprocess
import time
from dataclasses import dataclass

LOOK_SECONDS = 5
TIMES = 3
QUESTION = ["mariadb", "--no-defaults", "--skip-column-names", "--connect-timeout=2", "-e"]
STATUS = (
    "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_connected', 'wsrep_local_state', 'wsrep_applier_thread_count')"
)
SYNCED = "4"


@dataclass(frozen=True)
class Fault:
    """What is wrong, and the command that ends it."""

    words: str
    remedy: tuple[str, ...]


# Gives way to an order that was given before: to stop, for one.
OUTSIDE = Fault(
    "mariadbd has left the cluster and stays out: restarting it",
    ("systemctl", "--job-mode=fail", "--no-block", "try-restart", "mariadb.service"),
)
STUCK = Fault(
    "mariadbd has nothing left that applies writes, and holds up all members: killing it",
    ("systemctl", "kill", "--signal=KILL", "mariadb.service"),
)


def find_fault() -> Fault | None:
    """What is wrong with the server, if it answers. One that starts or stops doesn't."""
    try:
        answer = subprocess.run([*QUESTION, STATUS], capture_output=True, text=True, timeout=LOOK_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None
    words = answer.stdout.split()
    status = dict(zip(words[::2], words[1::2], strict=False))
    if status.get("wsrep_connected") == "OFF":
        return OUTSIDE
    if status.get("wsrep_local_state") == SYNCED and status.get("wsrep_applier_thread_count") == "0":
        return STUCK
    return None


def main() -> None:
    """Looks every 5 seconds; acts after 15 seconds of the same."""
    before, times = None, 0
    while True:
        time.sleep(LOOK_SECONDS)
        fault = find_fault()
        times = times + 1 if fault == before else 1
        before = fault
        if fault is not None and times == TIMES:
            print(fault.words, flush=True)
            subprocess.run(fault.remedy, check=False)
            times = 0


if __name__ == "__main__":
    main()
