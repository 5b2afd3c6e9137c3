"""The engine's process, in the operator's network. Runs the program by the Automation API, and prints messages.

`run.py` starts it as leader of its own session. It reads stdin: the word `interrupt`, or the end of stdin because the
command was killed, stops the engine in order. A second `interrupt` stops it at once.
"""

import argparse
import gc
import os
import runpy
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from pulumi import automation
from pulumi.automation.errors import CommandError
from pulumi.automation.events import EngineEvent

from lab.engine.messages import Finished, Message, OperationFailed, Problem, Stopped, encode
from lab.engine.sdks import import_noted, note_imported
from lab.engine.state import keep_outputs
from lab.engine.translate import Translator
from lab.engine.workspace import Workspace
from lab.files import replace
from lab.hosts import list_hosts
from lab.lab import lab_from_environment
from preview.events import read
from preview.markdown import comment

ORPHAN_PATIENCE = 20.0
"""Seconds for running steps to end by themselves after the command was killed."""
LAST_PATIENCE = 5.0
WITHOUT_PROGRAM = ("refresh", "destroy")


class MessageSender:
    """Sends messages to the command: whole lines, from any thread. Drops them if the command no longer reads."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Sends one message."""
        with self._lock:
            try:
                self._stream.write(encode(message))
                self._stream.flush()
            except (BrokenPipeError, ValueError):
                return


class Interruption:
    """Passes an interrupt on to Pulumi, which is in this process' group. (Its plugins have their own groups.)"""

    def __init__(self) -> None:
        self.wished = False
        self._working = False
        self._lock = threading.Lock()
        signal.signal(signal.SIGINT, lambda *_: None)  # a signal to the group reaches this process, too

    def working(self) -> None:
        """Call it when Pulumi runs: before, it would ignore the signal."""
        with self._lock:
            if self.wished and not self._working:
                os.killpg(os.getpgrp(), signal.SIGINT)
            self._working = True

    def listen(self) -> None:
        """Reads stdin until it ends. For a thread."""
        while os.read(0, 100):  # not sys.stdin: its lock, held by a thread, spoils the interpreter's end
            self._send(signal.SIGINT)
        self._send(signal.SIGINT)
        done = threading.Event()
        done.wait(ORPHAN_PATIENCE)
        self._send(signal.SIGINT)
        done.wait(LAST_PATIENCE)
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        with self._lock:
            self.wished = True
            if self._working or number == signal.SIGKILL:
                os.killpg(os.getpgrp(), number)


def main(arguments: Sequence[str]) -> int:
    """Runs one operation on one stack. 0: success."""
    parser = argparse.ArgumentParser()
    parser.add_argument("operation", choices=["up", "preview", "refresh", "destroy"])
    parser.add_argument("stack")
    parser.add_argument("program", type=Path)
    parser.add_argument("replace", nargs="*")
    chosen = parser.parse_args(arguments)
    workspace = Workspace(lab_from_environment(), chosen.stack, chosen.program)
    wire = MessageSender(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # what the program prints is no message
    interruption = Interruption()
    threading.Thread(target=interruption.listen, daemon=True).start()
    hosts = {*workspace.hosts(), *(host.name for host in list_hosts(workspace.lab))}  # and those that are to go
    translator = Translator(sorted(hosts), preview=chosen.operation == "preview")

    events: list[EngineEvent] = []

    def pass_on(event: EngineEvent) -> None:
        interruption.working()
        events.append(event)
        for message in translator.translate(event):
            if isinstance(message, OperationFailed) and interruption.wished:
                message = Stopped(message.key)  # noqa: PLW2901 -- what it says in that case is of no use
            wire.send(message)

    failure = _run(workspace, chosen.operation, pass_on, chosen.replace)
    if chosen.operation == "preview":
        replace(workspace.comment, comment(read(events, failure or ""), workspace.stack))
    told = list(translator.rest())
    for message in told:
        if not interruption.wished:
            wire.send(message)
    if failure and not told and not interruption.wished and not translator.failures:
        wire.send(Problem(failure))
    wire.send(Finished(well=failure is None, interrupted=interruption.wished, changes=translator.changes))
    return 0 if failure is None else 1


def _run(
    workspace: Workspace, operation: str, on_event: Callable[[EngineEvent], None], replace: list[str]
) -> str | None:
    """Runs the operation. Gives the cause of a failure, or None."""
    ahead = threading.Thread(target=import_noted, args=[workspace], daemon=True)
    if operation not in WITHOUT_PROGRAM:
        ahead.start()
    packs = [str(workspace.program / "policies")] if (workspace.program / "policies").is_dir() else None
    try:
        stack = automation.create_or_select_stack(
            workspace.stack,
            project_name=workspace.project_name,
            program=lambda: _program(workspace, ahead),
            opts=automation.LocalWorkspaceOptions(work_dir=str(workspace.project)),
        )
        if operation == "destroy":  # by what the state says alone, as `pulumi destroy` does
            stack.destroy(exclude_protected=True, on_event=on_event, on_output=_log, on_error=_log, color="never")
            return None
        if operation == "refresh":
            stack.refresh(on_event=on_event, on_output=_log, on_error=_log, color="never")
            return None
        run = cast(Callable[..., object], stack.up if operation == "up" else stack.preview)
        options = {"on_output": _log, "on_error": _log, "policy_packs": packs, "color": "never"}
        result = run(on_event=on_event, replace=replace or None, **options)
        if isinstance(result, automation.UpResult):
            keep_outputs(workspace, {name: output.value for name, output in result.outputs.items()})
    except CommandError as error:
        said = [line for line in str(error).splitlines() if line.strip().startswith(("error:", "stderr: error:"))]
        return said[-1].strip().removeprefix("stderr: ").removeprefix("error: ") if said else "the engine failed"
    return None


def _program(workspace: Workspace, ahead: threading.Thread) -> None:
    """The project's program, as `pulumi up` would run it. Waits for `ahead` first."""
    ahead.join()
    sys.path.insert(0, str(workspace.program))
    runpy.run_path(str(workspace.program / "__main__.py"), run_name="__main__")
    note_imported(workspace)


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    gc.disable()  # a short life, with large imports: collecting takes a fifth of their time, and frees nothing
    status = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)  # in order, Python would take the SDKs down piece by piece, which costs seconds
