"""Answers on port 9200 of a member: 200 if clients may use it now, else 503; and as JSON, what start.py wants to know.

Only a member that is Synced, ready, writable and not set aside (desync) is fit: one that joins takes connections, too.
A member that gives its data to a joining one is fit while it has nothing left to apply: it is as good as Synced, and
its second of giving what the other missed would move the writer to and fro. Asked every second by every HAProxy, so it
keeps one session with the server open, held by the server's own client. It is a Unix user without rights in the
database. Started by systemd, with its socket.
"""

import json
import selectors
import socket
import subprocess
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RECORD = Path("/var/lib/mysql/grastate.dat")  # Galera makes it when it starts for the first time
PUBLISHED = Path("/run/galera-member/position")
TRANSFER = Path("/etc/mysql/mariadb.conf.d/64-galera-transfer.cnf")  # group.sh
LISTENER = 3  # the first file descriptor that systemd passes on
ANSWER_SECONDS = 1.0
HAS_ALL = ("Synced", "Donor/Desynced")
CLIENT = ("mariadb", "--no-defaults", "--batch", "--skip-column-names", "--unbuffered", "--connect-timeout=1")
# `port` is the last row: after it the answer is complete. SHOW is answered by a member that isn't ready, too.
QUESTION = b"""SHOW GLOBAL STATUS WHERE Variable_name IN
 ('wsrep_local_state_comment', 'wsrep_local_recv_queue', 'wsrep_ready', 'wsrep_cluster_status');
SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'wsrep_desync');
SHOW GLOBAL VARIABLES LIKE 'port';
"""


class Session:
    """One session with the local server; made anew when it breaks."""

    def __init__(self) -> None:
        self.client: subprocess.Popen[bytes] | None = None
        self.one_at_a_time = threading.Lock()

    def ask(self) -> dict[str, str]:
        """Variables by name; none if the server doesn't answer in time."""
        with self.one_at_a_time:
            if self.client is None:
                pipe = subprocess.PIPE
                self.client = subprocess.Popen(CLIENT, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, bufsize=0)
            try:
                return self.exchange(self.client)
            except (OSError, ValueError):  # a TimeoutError is an OSError
                self.client.kill()
                self.client.communicate()
                self.client = None
                return {}

    def exchange(self, client: subprocess.Popen[bytes]) -> dict[str, str]:
        """Asks, and reads up to the last row. Raises when the session is of no use any more."""
        if client.stdin is None or client.stdout is None:
            raise ValueError("the client has no pipes")
        client.stdin.write(QUESTION)
        text = b""
        with selectors.DefaultSelector() as selector:
            selector.register(client.stdout, selectors.EVENT_READ)
            while not (text.startswith(b"port\t") or b"\nport\t" in text) or not text.endswith(b"\n"):
                if not selector.select(ANSWER_SECONDS):
                    raise TimeoutError
                more = client.stdout.read(4096)
                if not more or b"ERROR" in more:
                    raise ValueError(more)
                text += more
        return dict(line.split("\t", 1) for line in text.decode().splitlines() if "\t" in line)


def judge(variables: Mapping[str, str], published: Mapping[str, object]) -> tuple[bool, dict[str, object]]:
    """Whether clients may use this member, and what is known of it; `published` counts while the server is down."""
    if not variables:
        return False, {"state": "unknown", **published}
    state = variables.get("wsrep_local_state_comment", "")
    fit = (
        (state == "Synced" or (state == "Donor/Desynced" and variables.get("wsrep_local_recv_queue") == "0"))
        and variables.get("wsrep_ready") == "ON"
        and variables.get("wsrep_desync") == "OFF"
        and variables.get("read_only") == "OFF"
    )
    primary = variables.get("wsrep_cluster_status") == "Primary"
    return fit, {"state": "running", "primary": primary, "synced": state in HAS_ALL, "detail": state}


def published_position() -> dict[str, object]:
    """What start.py left: nothing before the server's first start since the host's, `new` before its first of all."""
    try:
        return dict(json.loads(PUBLISHED.read_text()))
    except (OSError, ValueError):
        return {} if _may_have_data() else {"state": "new"}


def _may_have_data() -> bool:
    """Whether the server has been started ever. A folder that can't be looked into may have anything in it."""
    try:
        return RECORD.exists()
    except OSError:
        return True


class Health(BaseHTTPRequestHandler):
    """One question, one answer; the connection is closed."""

    timeout = 2
    session = Session()

    def do_GET(self) -> None:
        """Any path."""
        fit, position = judge(self.session.ask(), published_position())
        # A joining member must take the copy in the same way: member.sh asks.
        body = json.dumps({**position, "encrypted": TRANSFER.exists()}).encode() + b"\n"
        self.send_response(200 if fit else 503)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: this is asked every second, by many."""


class Server(ThreadingHTTPServer):
    """A client that is slow, or gone, keeps nobody else waiting."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """HAProxy closes as soon as it has read the first line of an answer: not worth a line in the log."""


def main() -> None:
    """Serves the socket that systemd opened."""
    server = Server(("", 0), Health, bind_and_activate=False)
    server.socket = socket.socket(fileno=LISTENER)
    server.serve_forever()


if __name__ == "__main__":
    main()
