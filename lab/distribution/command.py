"""One `go build`: its command line, its log, its progress for the user, and its end when the lab is interrupted."""

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lab.distribution.locks import StoppedError
from lab.distribution.programs import Program
from lab.progress import Task

# The build ends when the lab is killed (setpriv). Running hosts have priority over it (nice).
_WRAPPER = ("setpriv", "--pdeathsig", "KILL", "nice", "-n", "10")

stopped = threading.Event()
"""Set when this process must not build anything more."""

_running: set[int] = set()
_lock = threading.Lock()


class BuildError(RuntimeError):
    """A build has failed. The message is one line with the program and the cause."""


@dataclass(frozen=True)
class GoBuild:
    """Builds `program` into the file `out`, with these environment variables. Go's output goes to `log`."""

    program: Program
    out: Path
    environment: Mapping[str, str]
    log: Path

    def command(self) -> list[str]:
        """The command line. It runs in the program's module folder."""
        variables = [f"-X={name}={value}" for name, value in sorted(self.program.variables.items())]
        return [
            *("go", "build", "-v", "-trimpath", "-buildvcs=false", "-mod=readonly", "-pgo=off"),
            *("-tags", ",".join(self.program.tags)),
            *("-ldflags", shlex.join(["-s", "-w", *self.program.link, *variables])),
            *("-o", str(self.out), self.program.package),
        ]

    def run(self, task: Task) -> None:
        """Runs the build to its end. Raises BuildError when it fails, and StoppedError after `stop_running`."""
        task.now("loading its sources")
        status = self._follow(task)
        if stopped.is_set():
            raise StoppedError(f"{self.program.name}: the build was stopped")
        if status != 0:
            raise BuildError(f"{self.program.name} {self.program.version}: {self._cause(status)}")

    def _follow(self, task: Task) -> int:
        """Writes the log, reports progress to the task, and returns the exit status."""
        process = subprocess.Popen(
            [*_WRAPPER, *self.command()],
            cwd=self.program.module,
            env={**self.environment, "CGO_ENABLED": "1" if self.program.c_code else "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # a Ctrl-C reaches the lab alone, which then ends it: see stop_running
        )
        try:
            _register(process.pid)
            with self.log.open("w") as log:
                for line in process.stdout or ():
                    log.write(line)
                    task.now("downloading its sources" if line.startswith("go: downloading") else "compiling")
        except BaseException:
            _kill(process.pid)
            raise
        finally:
            with _lock:
                status = process.wait()
                _running.discard(process.pid)
        return status

    def _cause(self, status: int) -> str:
        """The line of the log with the cause. Skips the output of -v: downloads, and import paths (without ": ")."""
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines()]
        telling = [line for line in lines if ": " in line and not line.startswith(("go: downloading", "go: finding"))]
        return telling[0] if telling else f"go build ended with status {status}"


def stop_running() -> None:
    """Ends all builds of this process, also those that start later."""
    with _lock:
        stopped.set()
        for group in _running:
            _kill(group)


def _register(group: int) -> None:
    with _lock:
        _running.add(group)
        if stopped.is_set():
            _kill(group)


def _kill(group: int) -> None:
    """Kills a build with all its processes. Call it before waiting for the first one: then the ID can be reused."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
