"""Starts the engine's process in the operator's network, shows its progress, and passes interrupts on."""

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

Operation = Literal["up", "preview", "refresh", "destroy"]


class EngineError(Exception):
    """The engine ended without a message. The text is one line with the path of its log."""


@dataclass(frozen=True)
class EngineLaunch:
    """How to start the engine: its Python, and the environment of its providers."""

    workspace: Workspace
    python: Path
    environment: Mapping[str, str]
    lock: int | None = None
    """File descriptor of the lab's lock. The engine holds the lock until it ends, even if this command is killed."""
    replace: tuple[str, ...] = ()
    """URNs of resources that `up` and `preview` replace, changed or not."""

    def command(self, operation: Operation) -> list[str]:
        """The command line. Secrets come through the environment."""
        workspace = self.workspace
        words = [self.python, "-m", "lab.engine.child", operation, workspace.stack, workspace.program, *self.replace]
        return namespace_command(workspace.lab, OPERATOR, [str(word) for word in words])


def run_engine(start: EngineLaunch, operation: Operation, show: Callable[[Message], None]) -> Finished:
    """Runs the engine to its end. An interrupt stops it in order, a second one at once.

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
    """During the block, SIGINT and SIGTERM send `interrupt` to the engine's process."""

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
