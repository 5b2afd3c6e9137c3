"""One `go build`: its command line, its log, what of it is worth showing, and its end when the lab is interrupted."""

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

# A killed lab takes its build with it (setpriv), and hosts that run already come before it (nice).
_WRAPPER = ("setpriv", "--pdeathsig", "KILL", "nice", "-n", "10")

stopped = threading.Event()
"""Set once this process shall build nothing any more."""

_running: set[int] = set()
_lock = threading.Lock()


class BuildError(RuntimeError):
    """A program could not be built. The message is one line: which program, and the cause."""


@dataclass(frozen=True)
class GoBuild:
    """Builds `program` as the file `out` in this environment; all that Go says goes to `log`."""

    program: Program
    out: Path
    environment: Mapping[str, str]
    log: Path

    def command(self) -> list[str]:
        """The command line, to be run in the program's module folder."""
        variables = [f"-X={name}={value}" for name, value in sorted(self.program.variables.items())]
        return [
            *("go", "build", "-v", "-trimpath", "-buildvcs=false", "-mod=readonly", "-pgo=off"),
            *("-tags", ",".join(self.program.tags)),
            *("-ldflags", shlex.join(["-s", "-w", *self.program.link, *variables])),
            *("-o", str(self.out), self.program.package),
        ]

    def run(self, task: Task) -> None:
        """Runs it to its end. Raises BuildError when it fails, StoppedError after `stop_running`."""
        task.now("loading its sources")
        status = self._follow(task)
        if stopped.is_set():
            raise StoppedError(f"{self.program.name}: the build was stopped")
        if status != 0:
            raise BuildError(f"{self.program.name} {self.program.version}: {self._cause(status)}")

    def _follow(self, task: Task) -> int:
        """Writes the log, tells the task what is being done, and gives the exit status."""
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
        """The line of the log that says why: -v prints import paths, which have no ": ", and downloads."""
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines()]
        telling = [line for line in lines if ": " in line and not line.startswith(("go: downloading", "go: finding"))]
        return telling[0] if telling else f"go build ended with status {status}"


def stop_running() -> None:
    """Ends every build that runs, and every one that starts later, in this process."""
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
    """Ends all of a build. To be called before its first process is waited for: until then the number is its own."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
