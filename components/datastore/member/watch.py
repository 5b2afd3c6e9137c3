"""Restarts mariadbd on a member when it runs on outside of the cluster: then it neither ends nor joins again by itself.

Seen when two members come back at once and one gets what it missed from the other, which has only just got it itself:
Galera says `node restart required` and leaves it at that. A member that is merely outvoted is still connected.
"""

import subprocess
import time

LOOK_SECONDS = 5
TIMES = 3
QUESTION = ["mariadb", "--no-defaults", "--skip-column-names", "--connect-timeout=2", "-e"]
STATUS = "SHOW GLOBAL STATUS LIKE 'wsrep_connected'"
# Gives way to an order that was given before: to stop, for one.
RESTART = ["systemctl", "--job-mode=fail", "--no-block", "try-restart", "mariadb.service"]


def is_outside() -> bool:
    """The server answers, and Galera has left the cluster. A server that starts or stops doesn't answer."""
    try:
        answer = subprocess.run([*QUESTION, STATUS], capture_output=True, text=True, timeout=LOOK_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return answer.stdout.split() == ["wsrep_connected", "OFF"]


def main() -> None:
    """Looks every 5 seconds; acts after 15 seconds of the same."""
    times = 0
    while True:
        time.sleep(LOOK_SECONDS)
        times = times + 1 if is_outside() else 0
        if times == TIMES:
            print("mariadbd has left the cluster and stays out: restarting it", flush=True)
            subprocess.run(RESTART, check=False)
            times = 0


if __name__ == "__main__":
    main()
