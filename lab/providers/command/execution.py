"""Runs one command on a connected host: stdin, environment, output line by line, exit status, errors, cancellation."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import paramiko
from paramiko.common import cMSG_CHANNEL_REQUEST

from lab.providers.command.connection import Cancelled

Say = Callable[[str], None]
BROKEN = "the SSH connection broke before the command had ended"
CANCEL_SECONDS = 3.0
"""How long a command has to end after SIGTERM."""


@dataclass(frozen=True)
class Order:
    """What to run. The login shell gets the command's text. Only the command gets `stdin`."""

    command: str
    stdin: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    previous_output: Mapping[str, str] = field(default_factory=dict)
    """More environment variables. The host may refuse them."""
    log_stdout: bool = True
    log_stderr: bool = True


@dataclass(frozen=True)
class Output:
    """A command's output, without the last newline."""

    stdout: str
    stderr: str


class Collector:
    """Collects output: for each stream, and of both in order. Passes complete lines on for the log."""

    def __init__(self) -> None:
        self.all = bytearray()
        self.streams: dict[str, bytearray] = {"stdout": bytearray(), "stderr": bytearray()}
        self._lock = threading.Lock()

    def add(self, stream: str, data: bytes, say: Say | None) -> None:
        """Adds output of a stream. `say` gets the lines that are complete now. None: do not log."""
        with self._lock:
            self.all += data
            buffer = self.streams[stream]
            start = buffer.rfind(b"\n") + 1
            buffer += data
            end = buffer.rfind(b"\n") + 1
        for line in buffer[start:end].splitlines() if say else ():
            say(line.decode(errors="replace"))  # type: ignore[misc]  # without `say` there are no lines

    def text(self, stream: str) -> str:
        """The whole output of a stream, without the last newline."""
        return self.streams[stream].decode(errors="replace").removesuffix("\n")

    def failure(self, what: str, command: str) -> RuntimeError:
        """The published plugin's error: what happened, the whole command, and all its output. Never its stdin."""
        return RuntimeError(f"{what}: running {json.dumps(command)}:\n{self.all.decode(errors='replace')}")


def run(transport: paramiko.Transport, host: str, order: Order, cancelled: threading.Event, say: Say) -> Output:
    """Runs a command to its end. `say` gets lines to log, and warnings.

    Raises Cancelled. Raises RuntimeError when the command fails, when the host refuses an environment variable, or when
    the connection breaks.
    """
    try:
        environment = dict(_accepted_variables(transport, host, order, say))
        with transport.open_session() as channel:
            for name, text in environment.items():
                channel.set_environment_variable(name, text)
            channel.exec_command(order.command)
            return _follow(channel, host, order, cancelled, say)
    except (OSError, EOFError, paramiko.SSHException) as error:
        cause = f": {error}" if str(error) else ""
        raise RuntimeError(f"{host}: {BROKEN}{cause}") from error


def _accepted_variables(transport: paramiko.Transport, host: str, order: Order, say: Say) -> Iterator[tuple[str, str]]:
    """The variables that the host accepts. Raises RuntimeError when it refuses one of `environment`."""
    for name, text in order.environment.items():
        if not _accepts(transport, name, text):
            raise RuntimeError(
                f"{host}: its SSH server does not accept the environment variable {name}: name it in AcceptEnv, "
                f"or write {name}=… in front of the command"
            )
        yield name, text
    for name, text in order.previous_output.items():
        if text and _accepts(transport, name, text):
            yield name, text
        elif text:
            say(f"{host}: its SSH server does not accept the environment variable {name}: name it in AcceptEnv")


def _follow(channel: paramiko.Channel, host: str, order: Order, cancelled: threading.Event, say: Say) -> Output:
    collector = Collector()
    threads = [
        threading.Thread(target=_write, args=(channel, order.stdin.encode()), daemon=True),
        threading.Thread(target=_read, args=(channel.recv, "stdout", collector, order.log_stdout and say), daemon=True),
        threading.Thread(
            target=_read, args=(channel.recv_stderr, "stderr", collector, order.log_stderr and say), daemon=True
        ),
    ]
    for thread in threads:
        thread.start()
    _wait_for_exit(channel, host, cancelled)
    for thread in threads[1:]:
        # Processes that the command leaves running keep its output open. The published plugin waits for them, too.
        while thread.is_alive() and not cancelled.is_set():
            thread.join(0.2)
    status = channel.recv_exit_status()
    if status == -1:
        raise collector.failure(f"{host}: {BROKEN}", order.command)
    if status != 0:
        raise collector.failure(f"Process exited with status {status}", order.command)
    return Output(collector.text("stdout"), collector.text("stderr"))


def _wait_for_exit(channel: paramiko.Channel, host: str, cancelled: threading.Event) -> None:
    """Waits for the exit status, or until the connection is gone."""
    while not channel.status_event.wait(0.2):
        if cancelled.is_set():
            _send(channel, "signal", "TERM", answer=False)
            ended = channel.status_event.wait(CANCEL_SECONDS)
            raise Cancelled(f"{host}: cancelled{'' if ended else '; the command may still be running there'}")


def _write(channel: paramiko.Channel, data: bytes) -> None:
    with suppress(OSError):  # the command may end without reading all input; _follow reports a broken connection
        channel.sendall(data)
        channel.shutdown_write()


def _read(receive: Callable[[int], bytes], stream: str, collector: Collector, say: Say | None) -> None:
    while data := receive(1 << 16):
        collector.add(stream, data, say or None)


def _accepts(transport: paramiko.Transport, name: str, text: str) -> bool:
    """Whether the host accepts the variable. paramiko's own method does not ask for a reply."""
    with transport.open_session() as probe:
        probe._event_pending()  # type: ignore[attr-defined]
        _send(probe, "env", name, text, answer=True)
        try:
            probe._wait_for_event()  # type: ignore[attr-defined]
        except paramiko.SSHException:
            return False
    return True


def _send(channel: paramiko.Channel, kind: str, *texts: str, answer: bool) -> None:
    """Sends a channel request (RFC 4254, sections 6.4 and 6.9). paramiko has no method for it."""
    message = paramiko.Message()
    message.add_byte(cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string(kind)
    message.add_boolean(answer)
    for text in texts:
        message.add_string(text)
    channel.get_transport()._send_user_message(message)  # type: ignore[attr-defined]
