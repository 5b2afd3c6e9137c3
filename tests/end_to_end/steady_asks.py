"""Asks the API 10 times a second through this host's balancer, each time by a new connection. Argument: FILE.

Run it on a node. It ends when FILE, which it makes, is removed. Prints a line of JSON for each request: when it began,
seconds until its end, status, error. The status is 0 if no answer came within PATIENCE seconds. Without credentials the
API server answers 401: an answer, too.
"""

import http.client
import json
import ssl
import sys
import threading
import time
from pathlib import Path

PAUSE = 0.1
PATIENCE = 10.0
AT_MOST = 600.0
PLACE = "127.0.0.1:16443"


def ask() -> tuple[int, str]:
    """The status of one answer, and the error if there is none."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        connection = http.client.HTTPSConnection(PLACE, timeout=PATIENCE, context=context)
        connection.request("GET", "/readyz")
        return connection.getresponse().status, ""
    except (OSError, http.client.HTTPException) as error:
        return 0, repr(error)


def ask_once(gate: threading.Lock) -> None:
    """One request, and its line."""
    at = time.time()
    status, error = ask()
    with gate:
        line = {"at": at, "seconds": round(time.time() - at, 3), "status": status, "error": error}
        print(json.dumps(line), flush=True)


def main() -> None:
    """Requests start on time even while others wait for their answers."""
    gate = threading.Lock()
    running, deadline = Path(sys.argv[1]), time.monotonic() + AT_MOST
    running.touch()
    under_way = []
    while running.exists() and time.monotonic() < deadline:
        time.sleep(PAUSE)
        under_way.append(threading.Thread(target=ask_once, args=(gate,)))
        under_way[-1].start()
    for thread in under_way:
        thread.join()


if __name__ == "__main__":
    main()
