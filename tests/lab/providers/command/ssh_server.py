"""An SSH server inside the test: runs commands with this computer's shell, and can misbehave on demand."""

import os
import signal
import socket
import subprocess
import threading
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.sftp import SFTP_OK

from tests.waiting import until


def new_key() -> tuple[str, paramiko.Ed25519Key]:
    """A new ED25519 key as text and as paramiko has it."""
    key = ed25519.Ed25519PrivateKey.generate()
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    ).decode()
    return text, paramiko.Ed25519Key.from_private_key(StringIO(text))


class Files(paramiko.SFTPServerInterface):
    """This computer's files, by absolute path."""

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> Any:
        handle = paramiko.SFTPHandle(flags)
        try:
            handle.writefile = handle.readfile = os.fdopen(os.open(path, flags, 0o644), "r+b" if flags else "rb")  # type: ignore[attr-defined]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return handle

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(Path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> Any:
        try:
            Path(path).mkdir()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return SFTP_OK


class CommandTransport(paramiko.Transport):
    """Starts an accepted command only after the client was told so.

    paramiko sends "accepted" after the check has returned. A command as short as `true` would else end, and close the
    channel, before the client hears of it.
    """

    def __init__(self, wire: socket.socket) -> None:
        super().__init__(wire)
        self.accepted: list[threading.Thread] = []

    def _send_user_message(self, data: Any) -> None:
        super()._send_user_message(data)  # type: ignore[misc]  # the one place that all answers go through
        if threading.current_thread() is self:
            while self.accepted:
                self.accepted.pop().start()


class Session(paramiko.ServerInterface):
    """One connection: a user with one key, environment variables that start with LC_, commands in a shell."""

    def __init__(self, server: "SshServer") -> None:
        self.server = server
        self.environment: dict[int, dict[str, str]] = {}
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> Any:
        allowed = username == "operator" and key == self.server.user_key
        return AUTH_SUCCESSFUL if allowed else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> Any:
        return OPEN_SUCCEEDED

    def check_channel_env_request(self, channel: paramiko.Channel, name: Any, value: Any) -> bool:
        if not name.decode().startswith(("LC_", "PULUMI_COMMAND_STDOUT")):
            return False
        self.environment.setdefault(channel.get_id(), {})[name.decode()] = value.decode()
        return True

    def check_channel_direct_tcpip_request(self, chanid: int, origin: Any, destination: Any) -> Any:
        self.server.forwarded.append(destination)
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        transport = channel.get_transport()
        assert isinstance(transport, CommandTransport)
        transport.accepted.append(threading.Thread(target=self._run, args=(channel, command.decode()), daemon=True))
        return True

    def _run(self, channel: paramiko.Channel, command: str) -> None:
        self.server.commands.append(command)
        environment = os.environ | self.environment.get(channel.get_id(), {})
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        self.server.processes.append(process)
        assert process.stdin
        assert process.stdout
        assert process.stderr
        feeding = threading.Thread(target=_feed, args=(channel, process.stdin), daemon=True)
        errors = threading.Thread(target=_pump, args=(process.stderr, channel.sendall_stderr), daemon=True)
        for thread in (feeding, errors):
            thread.start()
        _pump(process.stdout, channel.sendall)
        errors.join()
        channel.send_exit_status(process.wait() % 256)
        channel.close()


def _feed(channel: paramiko.Channel, stdin: Any) -> None:
    with suppress(BrokenPipeError), stdin:
        while data := channel.recv(1 << 16):
            stdin.write(data)


def _pump(source: Any, send: Any) -> None:
    while data := os.read(source.fileno(), 1 << 16):
        send(data)


class SshServer:
    """Listens on a free port of loopback until `close`."""

    def __init__(self) -> None:
        _, self.host_key = new_key()
        self.user_text, self.user_key = new_key()
        self.commands: list[str] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self.forwarded: list[tuple[str, int]] = []
        self.refuse_first = 0
        self._transports: list[paramiko.Transport] = []
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def connection(self) -> dict[str, Any]:
        """A connection input that works."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": "operator",
            "privateKey": self.user_text,
            "hostKey": f"{self.host_key.get_name()} {self.host_key.get_base64()} of the test",
            "dialErrorLimit": 1,
        }

    def _accept(self) -> None:
        while True:
            try:
                wire, _ = self._socket.accept()
            except OSError:
                return
            if self.refuse_first:
                self.refuse_first -= 1
                wire.close()
                continue
            threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: socket.socket) -> None:
        transport = CommandTransport(wire)
        transport.add_server_key(self.host_key)
        transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
        self._transports.append(transport)
        try:
            transport.start_server(server=Session(self))
        except (paramiko.SSHException, EOFError, OSError):  # cut while they greet each other
            return
        channels: list[paramiko.Channel | None] = []  # paramiko closes a channel that nobody holds
        while transport.is_active():
            channels.append(transport.accept(1))

    def cut(self) -> None:
        """Breaks all connections, as a power cut does for whoever is connected."""
        for transport in self._transports:
            transport.sock.close()

    def wait_for_command(self) -> None:
        """Returns when a command has started."""
        until("a command is started", lambda: self.processes)

    def close(self) -> None:
        """Ends it, with all that it has started."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # ends what waits in accept
        self._socket.close()
        for transport in self._transports:
            transport.close()
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
