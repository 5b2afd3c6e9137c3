"""command:local:Command: a command on this computer."""

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from lab.providers.command.connection import Cancelled
from lab.providers.command.execution import CANCEL_SECONDS, Collector, Output
from lab.providers.command.lifecycle import Command, Say, logs
from lab.providers.stand_in import Values


class LocalCommand(Command):
    """Runs `interpreter` (["/bin/sh", "-c"]) with the command as its last argument. Asset paths are not collected."""

    published_as = "command:local:Command"
    removable = Command.removable | {"dir", "interpreter", "assetPaths", "archivePaths"}

    def execute(self, command: str, inputs: Values, previous: dict[str, str], say: Say) -> Output:
        if inputs.get("assetPaths") or inputs.get("archivePaths"):
            raise RuntimeError("local command: this stand-in does not collect assetPaths and archivePaths")
        interpreter: Sequence[str] = inputs.get("interpreter") or ("/bin/sh", "-c")
        process = subprocess.Popen(
            [*interpreter, command],
            cwd=inputs.get("dir") or None,
            env=os.environ | (inputs.get("environment") or {}) | previous,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # to end it together with all processes that it starts
        )
        collector = Collector()
        status = self._follow(process, collector, inputs, say)
        if status != 0:
            ended = f"signal: {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
            raise collector.failure(ended, command)
        return Output(collector.text("stdout"), collector.text("stderr"))

    def _follow(self, process: subprocess.Popen[bytes], collector: Collector, inputs: Values, say: Say) -> int:
        """Waits for the end of the output, and returns the exit status. Raises Cancelled."""
        threads = [threading.Thread(target=_write, args=(process.stdin, inputs.get("stdin") or ""), daemon=True)]
        for name, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
            wanted = say if logs(inputs, name) else None
            threads.append(threading.Thread(target=_read, args=(stream, name, collector, wanted), daemon=True))
        for thread in threads:
            thread.start()
        while process.poll() is None or any(thread.is_alive() for thread in threads[1:]):
            if self.cancelled.wait(0.05):
                _end(process)
                raise Cancelled(f"cancelled: {shlex.join(str(part) for part in process.args[:1])}")  # type: ignore[index]
        return process.returncode


def _write(stream: IO[bytes], text: str) -> None:
    with suppress(BrokenPipeError), stream:
        stream.write(text.encode())


def _read(stream: IO[bytes], name: str, collector: Collector, say: Say | None) -> None:
    with stream:
        while data := os.read(stream.fileno(), 1 << 16):
            collector.add(name, data, say)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the command and all processes that it has started: SIGTERM first, then SIGKILL."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(CANCEL_SECONDS)
            return
        os.killpg(process.pid, signal.SIGKILL)
