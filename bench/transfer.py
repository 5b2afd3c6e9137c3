"""Runs on hosts of the lab: sends or takes bytes by TCP for some seconds. What came in is printed, in bytes a second.

Usage: transfer.py take PORT SECONDS | transfer.py send ADDRESS PORT SECONDS
"""

import socket
import sys
import time

PIECE = 1 << 18


def take(port: int, seconds: float) -> float:
    """Wait for one sender, and count what comes from it."""
    with socket.create_server(("0.0.0.0", port)) as server:  # noqa: S104  in a host of the lab, for seconds
        server.settimeout(seconds + 30)
        connection, _ = server.accept()
        with connection:
            taken, start, piece = 0, time.monotonic(), memoryview(bytearray(PIECE))
            while size := connection.recv_into(piece):
                taken += size
            return taken / (time.monotonic() - start)


def send(address: str, port: int, seconds: float) -> None:
    """Send for so long; the other side may take a moment to be there."""
    deadline = time.monotonic() + 20
    while True:
        try:
            connection = socket.create_connection((address, port), timeout=5)
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    with connection:
        piece, end = bytes(PIECE), time.monotonic() + seconds
        while time.monotonic() < end:
            connection.sendall(piece)


if __name__ == "__main__":
    role, *words = sys.argv[1:]
    if role == "take":
        print(take(int(words[0]), float(words[1])))
    else:
        send(words[0], int(words[1]), float(words[2]))
