"""SSH connections to hosts: one pinned host key, with the same retries and timeouts as the published plugin."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from io import StringIO
from typing import Any

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

# Errors are raised, so paramiko's log is off: it would show every failed try while a host boots.
logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)

# Go's SSH client, which the published plugin uses, asks for host keys in this order. A host with several keys shows the
# first of these, even if another one is pinned. The stand-in does the same.
HOST_KEY_TYPES = (
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-ed25519",
)
# Seconds between two tries, as in pulumi/sdk's retry. If a host refuses connections, 10 tries take 11 s, 20 a minute.
FIRST_PAUSE, PAUSE_GROWTH, LONGEST_PAUSE = 0.1, 1.5, 5.0
KEEPALIVE_SECONDS, KEEPALIVE_PROBES = 15, 9
"""TCP keepalive as Go's dialer sets it, so as in the published plugin: a host that disappears is noticed after 150 s.
The published plugin's SSH client has no keepalive of its own. While sent data is not acknowledged, the kernel sends no
keepalive probes: then `net.ipv4.tcp_retries2` decides, after about 15 minutes."""
UNLIMITED = -1


class Cancelled(RuntimeError):  # noqa: N818  # it names what happened
    """The engine has asked to stop."""


@dataclass(frozen=True)
class Login:
    """Where and how to log in. An empty text means: not given. No limit: `dial_errors` -1, `dial_seconds` 0."""

    host: str
    port: int = 22
    user: str = "root"
    password: str = ""
    private_key: str = ""
    private_key_password: str = ""
    host_key: str = ""
    agent_socket: str = ""
    dial_errors: int = 10
    dial_seconds: int = 15

    @property
    def name(self) -> str:
        """The host's name in errors."""
        return self.host if self.port == 22 else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Connection:
    """A host, and the proxy host to go through, if there is one."""

    login: Login
    proxy: Login | None = None


def read_connection(inputs: Mapping[str, Any]) -> Connection:
    """The connection of a resource's `connection` input, with the published plugin's defaults."""
    proxy = inputs.get("proxy")
    return Connection(_read_login(inputs), _read_login(proxy) if proxy else None)


def _read_login(inputs: Mapping[str, Any]) -> Login:
    limit, seconds = inputs.get("dialErrorLimit"), inputs.get("perDialTimeout")
    return Login(
        host=inputs["host"],
        port=int(inputs.get("port") or 22),
        user=inputs.get("user") or "root",
        password=inputs.get("password") or "",
        private_key=inputs.get("privateKey") or "",
        private_key_password=inputs.get("privateKeyPassword") or "",
        host_key=inputs.get("hostKey") or "",
        # Like the published plugin, use an SSH agent of the environment even if the program does not ask for it.
        agent_socket=inputs.get("agentSocketPath") or os.environ.get("SSH_AUTH_SOCK", ""),
        dial_errors=10 if limit is None else int(limit),
        dial_seconds=15 if seconds is None else int(seconds),
    )


@contextmanager
def connected(
    connection: Connection, cancelled: threading.Event, say: Callable[[str], None]
) -> Iterator[paramiko.Transport]:
    """An authenticated connection, which is closed at the end of the block.

    `say` gets a line for each failed try. Raises Cancelled. Raises RuntimeError, which names the host, after the last
    try.
    """
    with ExitStack() as ending:
        channel = None
        if connection.proxy is not None:
            proxy = _dial(connection.proxy, None, cancelled, say)
            ending.callback(proxy.close)
            target = (connection.login.host, connection.login.port)
            channel = lambda: proxy.open_channel("direct-tcpip", target, ("127.0.0.1", 0))  # noqa: E731
        transport = _dial(connection.login, channel, cancelled, say)
        ending.callback(transport.close)
        yield transport


def _dial(
    login: Login,
    channel: Callable[[], paramiko.Channel] | None,
    cancelled: threading.Event,
    say: Callable[[str], None],
) -> paramiko.Transport:
    """Connects and logs in. Tries again after any error: the server, the user or the key may appear later."""
    tries, pause = 0, FIRST_PAUSE
    while True:
        try:
            return _dial_once(login, channel)
        except (OSError, EOFError, paramiko.SSHException) as error:
            tries += 1
            if login.dial_errors != UNLIMITED and tries > login.dial_errors:
                raise RuntimeError(
                    f"{login.name}: no SSH connection as {login.user} after {tries} tries: {_reason(error)}"
                ) from error
            limit = "no limit" if login.dial_errors == UNLIMITED else login.dial_errors
            say(f"{login.name}: try {tries} (limit {limit}) failed: {_reason(error)}")
        if cancelled.wait(pause):
            raise Cancelled(f"{login.name}: cancelled while connecting")
        pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE)


def _dial_once(login: Login, channel: Callable[[], paramiko.Channel] | None) -> paramiko.Transport:
    seconds = login.dial_seconds or None
    wire = channel() if channel else socket.create_connection((login.host, login.port), timeout=seconds)
    if isinstance(wire, socket.socket):
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, number in (
            (socket.TCP_KEEPIDLE, KEEPALIVE_SECONDS),
            (socket.TCP_KEEPINTVL, KEEPALIVE_SECONDS),
            (socket.TCP_KEEPCNT, KEEPALIVE_PROBES),
        ):
            wire.setsockopt(socket.IPPROTO_TCP, option, number)
    transport = paramiko.Transport(wire)
    try:
        transport.banner_timeout = transport.auth_timeout = transport.handshake_timeout = login.dial_seconds or 3600
        transport.get_security_options().key_types = HOST_KEY_TYPES
        transport.start_client(timeout=seconds)
        _check_host_key(login, transport.get_remote_server_key())
        _log_in(login, transport)
    except BaseException:
        transport.close()
        raise
    return transport


def _check_host_key(login: Login, shown: paramiko.PKey) -> None:
    """Compares the shown key with the pinned one (type, key, maybe a comment). Without a pinned key, accepts any."""
    if login.host_key and login.host_key.split()[:2] != [shown.get_name(), shown.get_base64()]:
        raise paramiko.SSHException(
            f"it shows another host key ({shown.get_name()} {shown.fingerprint}) than the pinned one; is it the right "
            "machine, and does it have other host keys beside that one?"
        )


def _log_in(login: Login, transport: paramiko.Transport) -> None:
    """Tries the private key, then the password, then the agent's keys. Skips those that are not given."""
    ways: list[Callable[[], object]] = []
    if login.private_key:
        key = _read_private_key(login)
        ways.append(lambda: transport.auth_publickey(login.user, key))
    if login.password:
        ways.append(lambda: transport.auth_password(login.user, login.password))
    if login.agent_socket:
        ways.extend(_agent_keys(login, transport))
    if not ways:
        ways.append(lambda: transport.auth_none(login.user))
    refusals: list[paramiko.SSHException] = []
    for way in ways:
        try:
            way()
        except paramiko.AuthenticationException as error:
            refusals.append(error)
        else:
            return
    raise refusals[0]


def _agent_keys(login: Login, transport: paramiko.Transport) -> Iterator[Callable[[], object]]:
    """One login attempt for each key of the agent. Raises OSError when its socket does not answer."""
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    wire.connect(login.agent_socket)
    agent = paramiko.agent.AgentSSH()
    agent._connect(wire)  # type: ignore[attr-defined]  # the public subclass reads the environment only
    return (partial(transport.auth_publickey, login.user, key) for key in agent.get_keys())


def _read_private_key(login: Login) -> paramiko.PKey:
    """Reads a private key in OpenSSH's or PEM format. Raises RuntimeError, which does not show the key."""
    text, password = login.private_key.encode(), login.private_key_password.encode() or None
    load = serialization.load_ssh_private_key if b"BEGIN OPENSSH" in text else serialization.load_pem_private_key
    try:
        key: Any = load(text, password)
        # OpenSSH's format is the only one that paramiko reads for all kinds of keys.
        readable = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        kind = next(kind for known, kind in _KEY_KINDS if isinstance(key, known))
    except (ValueError, TypeError, StopIteration, UnsupportedAlgorithm) as error:
        raise RuntimeError(
            f"{login.name}: the private key can't be read: give an ED25519, ECDSA or RSA key in OpenSSH's or PEM "
            "format, with its password if it has one"
        ) from error
    return kind.from_private_key(StringIO(readable.decode()))


_KEY_KINDS: tuple[tuple[type, type[paramiko.PKey]], ...] = (
    (ed25519.Ed25519PrivateKey, paramiko.Ed25519Key),
    (ec.EllipticCurvePrivateKey, paramiko.ECDSAKey),
    (rsa.RSAPrivateKey, paramiko.RSAKey),
)


def _reason(error: Exception) -> str:
    """The error of a failed try, in a few words."""
    if isinstance(error, paramiko.AuthenticationException):
        return "the host refuses the key or password"
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, EOFError):
        return "the host closed the connection"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
