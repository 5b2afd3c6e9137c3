"""Ports of loopback for programs that can't be given a socket."""

import secrets
import socket

BELOW_CONNECTIONS = range(20_000, 32_000)
"""Linux gives connections and listeners that name no port one above these: nobody takes it before the program does."""


def free_port() -> int:
    """A port that nobody has at the moment."""
    while True:
        port = secrets.choice(BELOW_CONNECTIONS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
