"""Asks for a URL 10 times a second, by a new connection each time, until its input ends. Arguments: URL SECONDS.

Prints a line of JSON for each answer: when it came and its status, 0 if none came within PATIENCE seconds.
"""

import json
import sys
import threading
import time
import urllib.error
import urllib.request

PAUSE = 0.1
PATIENCE = 10.0


def ask(url: str) -> int:
    """The status of one answer, read to its end."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 -- the test's own URL
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def visit(url: str, gate: threading.Lock) -> None:
    """One request, and its line."""
    status = ask(url)
    with gate:
        print(json.dumps({"at": time.time(), "status": status}), flush=True)


def wait_for_end(ended: threading.Event) -> None:
    """Who started this says when it is enough."""
    sys.stdin.read()
    ended.set()


def main() -> None:
    """Requests start on time even while others wait for their answers."""
    url, seconds = sys.argv[1], float(sys.argv[2])
    ended, gate = threading.Event(), threading.Lock()
    threading.Thread(target=wait_for_end, args=(ended,), daemon=True).start()
    deadline = time.monotonic() + seconds
    under_way = []
    while time.monotonic() < deadline and not ended.wait(PAUSE):
        under_way.append(threading.Thread(target=visit, args=(url, gate)))
        under_way[-1].start()
    for thread in under_way:
        thread.join()


if __name__ == "__main__":
    main()
