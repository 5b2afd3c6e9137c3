"""Looks up a name 10 times a second as a pod does. Arguments: SERVER NAME FILE.

Run it in the network namespace of a pod, with the cluster's name server. Each look-up is a packet from a port of its
own. It ends when FILE, which it makes, is removed. Prints a line of JSON for each look-up: when it was sent, and
whether the answer came within PATIENCE seconds.
"""

import json
import secrets
import socket
import struct
import sys
import threading
import time
from pathlib import Path

PAUSE = 0.1
PATIENCE = 2.0
AT_MOST = 600.0


def question(name: str, number: int) -> bytes:
    """A question for the IPv4 address of a name."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)


def ask(server: str, name: str) -> bool:
    """Whether the server knows an address."""
    number = secrets.randbelow(65536)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.settimeout(PATIENCE)
        try:
            own.sendto(question(name, number), (server, 53))
            answer = own.recv(4096)
        except OSError:
            return False
    its_number, flags, _, answers = struct.unpack(">HHHH", answer[:8])
    return bool(its_number == number and flags & 0xF == 0 and answers > 0)


def look_up(server: str, name: str, gate: threading.Lock) -> None:
    """One look-up, and its line."""
    at = time.time()
    found = ask(server, name)
    with gate:
        print(json.dumps({"at": at, "found": found}), flush=True)


def main() -> None:
    """Look-ups start on time even while others wait for their answers."""
    server, name, running = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    gate = threading.Lock()
    deadline = time.monotonic() + AT_MOST
    running.touch()
    under_way = []
    while running.exists() and time.monotonic() < deadline:
        time.sleep(PAUSE)
        under_way.append(threading.Thread(target=look_up, args=(server, name, gate)))
        under_way[-1].start()
    for thread in under_way:
        thread.join()


if __name__ == "__main__":
    main()
