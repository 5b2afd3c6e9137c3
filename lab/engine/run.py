"""Starts the engine's process in the operator's network, shows what it does, and takes an interrupt to it."""

import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Literal

from pydantic import ValidationError

from lab.engine.messages import Finished, Message, decode
from lab.engine.workspace import Workspace, engine_environment
from lab.files import replace
from lab.lab import OPERATOR, REPOSITORY
from lab.network import namespace_command

Operation = Literal["up", "preview", "destroy"]


class EngineError(Exception):
    """The engine ended without a word: one line with the log to read."""


@dataclass(frozen=True)
class Start:
    """How to start the engine: with which Python, and what its providers need in their environment."""

    workspace: Workspace
    python: Path
    environment: Mapping[str, str]
    lock: int | None = None
    """Descriptor of the lab's lock: the engine holds it until it has ended, even when this command is killed."""

    def command(self, operation: Operation) -> list[str]:
        """The command line; what is secret comes by the environment."""
        workspace = self.workspace
        words = [self.python, "-m", "lab.engine.child", operation, workspace.stack, workspace.program]
        return namespace_command(workspace.lab, OPERATOR, [str(word) for word in words])


def run_engine(start: Start, operation: Operation, show: Callable[[Message], None]) -> Finished:
    """Run it to its end. While it runs, an interrupt key stops it in order, and a second one at once.

    Raises EngineError when it ends without its last message.
    """
    workspace = start.workspace
    workspace.log.parent.mkdir(exist_ok=True)
    with workspace.log.open("wb") as log:
        child = subprocess.Popen(
            start.command(operation),
            cwd=REPOSITORY,
            env=engine_environment(workspace, start.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            pass_fds=() if start.lock is None else (start.lock,),
        )
    replace(workspace.session, f"{child.pid}\n")
    finished: Finished | None = None
    with child, _interrupts(child):
        for line in child.stdout or ():
            try:
                message = decode(line)
            except ValidationError:
                continue
            if isinstance(message, Finished):
                finished = message
            show(message)
        if child.stdin:
            child.stdin.close()
    if finished is None:
        raise EngineError(f"the engine ended with status {child.returncode} (log: {workspace.log})")
    return finished


@contextmanager
def _interrupts(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """For the block, SIGINT and SIGTERM become the word that the engine's process waits for."""

    def pass_on(_number: int, _frame: FrameType | None) -> None:
        try:
            if child.stdin:
                child.stdin.write(b"interrupt\n")
                child.stdin.flush()
        except (BrokenPipeError, ValueError):
            return

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
