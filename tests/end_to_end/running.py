"""The lab under test, driven as its user drives it: by bin/lab, by a terminal's interrupt key, by a power cut."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.engine import DEFAULT_STACK, Workspace
from lab.lab import REPOSITORY, Lab
from lab.network import namespace_command

UP_SECONDS = 3000
"""Cold builds included: the first run of a machine builds everything."""


class CommandFailedError(AssertionError):
    """A command that had to succeed did not; the message ends with the last lines that it printed."""


@dataclass(frozen=True)
class Finished:
    """What a command printed, both streams in one, and how it ended."""

    status: int
    output: str
    seconds: float


def finish(command: list[str], seconds: float) -> Finished:
    """Run a command to its end, whatever its status."""
    started = time.monotonic()
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    return Finished(done.returncode, done.stdout, time.monotonic() - started)


@dataclass(frozen=True)
class RunningLab:
    """One lab by name, with stack settings of its own so that tests change no file of the repository."""

    name: str
    settings: Path
    stack: str = DEFAULT_STACK
    clone: Path = REPOSITORY
    """Folder with the program and the lab's command line. The lab's own folder is in it."""

    @property
    def workspace(self) -> Workspace:
        """Where the engine keeps the stack."""
        return Workspace(self.lab, self.stack)

    @property
    def lab(self) -> Lab:
        """The lab's name and folders."""
        return Lab(self.name, self.clone / ".lab" / self.name)

    def command(self, verb: str, *arguments: str) -> list[str]:
        """The command line of bin/lab for this lab."""
        own = ["--settings", str(self.settings), "--stack", self.stack] if verb in {"up", "preview"} else []
        return [str(self.clone / "bin" / "lab"), verb, "--name", self.name, *own, *arguments]

    def run(self, verb: str, *arguments: str, seconds: float = 600) -> Finished:
        """Run bin/lab to its end, whatever its status."""
        return finish(self.command(verb, *arguments), seconds)

    def must(self, verb: str, *arguments: str, seconds: float = 600) -> str:
        """Run bin/lab, which has to succeed; gives what it printed."""
        done = self.run(verb, *arguments, seconds=seconds)
        if done.status != 0:
            tail = "\n".join(done.output.splitlines()[-40:])
            raise CommandFailedError(f"bin/lab {verb} {' '.join(arguments)}: status {done.status}\n{tail}")
        return done.output

    def ssh(self, host: str, script: str) -> str:
        """What a script prints that runs as root on a host, reached over the tailnet as its owner would."""
        return self.must("ssh", host, "--", "sudo", "bash", "-c", script)

    def kubectl(self, *arguments: str, seconds: float = 120) -> str:
        """What kubectl prints, run by the operator."""
        return self.must("kubectl", "--", *arguments, seconds=seconds)

    def objects(self, *arguments: str) -> list[dict[str, object]]:
        """The items of `kubectl get … -o json`."""
        items: list[dict[str, object]] = json.loads(self.kubectl("get", *arguments, "-o", "json"))["items"]
        return items

    def output_of(self, namespace: str, *command: str, seconds: float = 60) -> Finished:
        """Run a program of this computer in one of the lab's networks: `operator`, `visitor` or a host's."""
        return finish(namespace_command(self.lab, namespace, list(command)), seconds)

    def interrupted_up(self, moment: str, number: signal.Signals, *, seconds: float = UP_SECONDS) -> Finished:
        """Run `bin/lab up` until a line matches `moment`, then send it a signal: SIGINT to all of the terminal's
        foreground processes, as its interrupt key does, or SIGKILL to the command alone."""
        started = time.monotonic()
        process = subprocess.Popen(
            self.command("up"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        lines = []
        sent = False
        try:
            for line in process.stdout:
                lines.append(line)
                if not sent and re.search(moment, line):
                    sent = True
                    if number == signal.SIGINT:
                        os.killpg(process.pid, number)
                    else:
                        process.send_signal(number)
                if time.monotonic() - started > seconds:
                    raise CommandFailedError(f"bin/lab up did not come to {moment!r} in {seconds:.0f} s")
        finally:
            if process.poll() is None and not sent:
                process.kill()
            process.wait(timeout=120)
        if not sent:
            raise CommandFailedError(f"bin/lab up ended without a line like {moment!r}:\n{''.join(lines[-40:])}")
        return Finished(process.returncode, "".join(lines), time.monotonic() - started)


def eventually(what: str, seconds: float, probe: Callable[[], object]) -> None:
    """Wait until `probe` gives something true; what it asserts may be false until then.

    Raises AssertionError that tells what was waited for and last seen.
    """
    deadline = time.monotonic() + seconds
    seen: object = None
    while time.monotonic() < deadline:
        try:
            seen = probe()
        except (AssertionError, subprocess.TimeoutExpired, OSError) as error:
            seen = error
        if seen and not isinstance(seen, Exception):
            return
        time.sleep(0.5)
    raise AssertionError(f"waited {seconds:.0f} s for {what}; last seen: {seen!r}")
