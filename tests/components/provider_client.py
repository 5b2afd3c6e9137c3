"""Creates one command by the lab's command provider. Stdin: JSON with `inputs` and `cut`. Stdout: what came of it."""

import json
import os
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

from lab.providers.command.__main__ import CommandProvider
from lab.providers.server import EngineLog
from tests.lab.providers.calling import Caller


def main() -> None:
    """Prints the outputs, or the error as `failed`."""
    asked = json.load(sys.stdin)
    if asked["cut"]:
        threading.Timer(asked["cut"], cut).start()
    try:
        made = Caller(CommandProvider(EngineLog("")), "command:remote:Command").create(**asked["inputs"])
    except RuntimeError as error:
        print(json.dumps({"failed": str(error)}))
    else:
        print(json.dumps(made.outputs))


def cut() -> None:
    """Ends every connection of this process without a word to the command."""
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if str(link.readlink()).startswith("socket:"):
                socket.socket(fileno=os.dup(int(link.name))).shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    main()
