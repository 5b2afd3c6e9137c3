"""Runs Python programs on many hosts at once, over SSH. A host that does not answer delays nothing for long."""

import logging
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import StringIO
from typing import TYPE_CHECKING, TypeGuard

from components import rendering
from components.look.state import Login
from components.rendering import StepTarget

if TYPE_CHECKING:
    import paramiko

CONNECT_SECONDS = 3.0
"""A host that needs longer for one step of the login counts as not answering."""
LOGIN_SECONDS = 10.0
"""For the check of the key, after the connection. A slow host is not a host that refuses the key."""
NO_STATUS = -1
"""paramiko's exit status of a program that did not tell one."""
LOSS_SECONDS = 8.0
"""A host that confirms no packet for so long is lost."""
RUN_SECONDS = 60.0
"""Enough for a busy machine: a host that needs longer stops `up`. A second or two is usual."""


@dataclass(frozen=True)
class Answers:
    """What the programs printed on a host, one text for each program."""

    texts: tuple[str, ...]
    asked: tuple[float, float]
    """When the programs started and when the last one ended: seconds since 1970, by this computer's clock."""
    logins: tuple[Login, ...] = ()
    """All logins that worked."""
    others: tuple[tuple[str, ...], ...] = ()
    """What the programs printed at the other logins that worked: it may be another machine."""


@dataclass(frozen=True)
class NoAnswer:
    """Why there is no answer."""

    reason: str
    other_key: bool = False
    """Whether a machine answers that has another host key than the expected one."""
    kind: str = ""
    """The kind of that key, as in its file's name: `ecdsa`, `ed25519`, `rsa`."""
    fingerprint: str = ""
    """The fingerprint of that key as ssh-keygen prints it: `SHA256:…`."""
    is_up: bool = False
    """Whether the expected machine is up, but the look failed. Waiting does not help."""


Result = Answers | NoAnswer


def is_off(result: Result | None) -> TypeGuard[NoAnswer]:
    """Whether the expected machine is off, or there is no way to it."""
    return isinstance(result, NoAnswer) and not result.is_up and not result.other_key


def ask_hosts(logins: Mapping[str, Sequence[Login]], programs: Sequence[str]) -> dict[str, Result]:
    """Results by host. Tries all logins of a host at once, and returns the answer of the first one that works."""
    tries = [(host, login) for host, theirs in logins.items() for login in theirs]
    if not tries:
        return {}
    with ThreadPoolExecutor(len(tries)) as pool:
        results = list(pool.map(lambda one: _ask(one[0], one[1], programs), tries))
    of_each = {
        host: [(login, result) for (name, login), result in zip(tries, results, strict=True) if name == host]
        for host in logins
    }
    return {host: _best(theirs) for host, theirs in of_each.items()}


def _best(results: Sequence[tuple[Login, Result]]) -> Result:
    answers = [result for _, result in results if isinstance(result, Answers)]
    if answers:
        logins = tuple(login for login, result in results if isinstance(result, Answers))
        return replace(answers[0], logins=logins, others=tuple(other.texts for other in answers[1:]))
    failures = [result for _, result in results if isinstance(result, NoAnswer)]
    other_keys = [failure for failure in failures if failure.other_key]
    return (other_keys or [failure for failure in failures if failure.is_up] or failures)[0]


def _ask(host: str, login: Login, programs: Sequence[str]) -> Result:
    import paramiko  # takes 0.2 s; a first preview without existing machines does not need it

    try:
        with _connected(login, _algorithms(login.host_key.split()[0])) as transport:
            shown = transport.get_remote_server_key()
            if [shown.get_name(), shown.get_base64()] != login.host_key.split()[:2]:
                return _other_key(login, shown)
            transport.auth_publickey(login.user, _private_key(login.private_key))
            return _looked(transport, host, login, programs)
    except paramiko.ssh_exception.IncompatiblePeer:
        return _other_key(login, shown_key(login))
    except (OSError, EOFError, paramiko.SSHException, _FailedError) as error:
        return NoAnswer(_reason(error, login), is_up=isinstance(error, paramiko.AuthenticationException | _FailedError))


def _looked(transport: "paramiko.Transport", host: str, login: Login, programs: Sequence[str]) -> Answers:
    """What the programs print. Raises _FailedError if they fail or take too long: the host is up then."""
    import paramiko

    start = time.time()
    try:
        with ThreadPoolExecutor(len(programs)) as pool:
            texts = tuple(pool.map(lambda program: _run(transport, host, login, program), programs))
    except TimeoutError as error:
        if not transport.is_active():
            raise EOFError from error
        raise _FailedError(f"looking at it takes more than {RUN_SECONDS:.0f} s: see what keeps it busy") from error
    except paramiko.ChannelException as error:
        raise _FailedError(f"it refuses a second program on one connection ({error}): see MaxSessions") from error
    return Answers(texts, (start, time.time()))


@contextmanager
def _connected(login: Login, algorithms: tuple[str, ...] = ()) -> "Iterator[paramiko.Transport]":
    """An SSH connection before the login. `algorithms`: the kinds of host keys to accept. Empty: any kind."""
    import paramiko

    logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)  # the result says what it would log
    with socket.create_connection((login.address, login.port), timeout=CONNECT_SECONDS) as wire:
        _notice_a_loss(wire)
        transport = paramiko.Transport(wire)
        try:
            transport.banner_timeout = transport.handshake_timeout = CONNECT_SECONDS
            transport.auth_timeout = LOGIN_SECONDS
            if algorithms:
                transport.get_security_options().key_types = algorithms
            transport.start_client(timeout=CONNECT_SECONDS)
            yield transport
        finally:
            transport.close()


def _notice_a_loss(wire: socket.socket) -> None:
    """Ends the connection when the host is lost during the look. Else the look would wait for it until RUN_SECONDS."""
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 2)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(LOSS_SECONDS * 1000))


def _reason(error: Exception, login: Login) -> str:
    import paramiko

    if _is_late(error):
        return f"{login.address} did not check the key of the user {login.user} within {LOGIN_SECONDS:.0f} s"
    if isinstance(error, paramiko.AuthenticationException):
        return f"{login.address} refuses the key of the user {login.user}"
    if isinstance(error, TimeoutError):
        return f"no answer from {login.address} within {CONNECT_SECONDS:.0f} s"
    if isinstance(error, _FailedError):
        return str(error)
    return f"{login.address}: {getattr(error, 'strerror', None) or str(error) or 'closed the connection'}"


def _is_lost(transport: "paramiko.Transport") -> bool:
    """Whether the connection broke. paramiko closes its channels a moment before it says so."""
    end = time.monotonic() + 1
    while transport.is_active() and time.monotonic() < end:
        time.sleep(0.05)
    return not transport.is_active()


def _is_late(error: Exception) -> bool:
    """Whether the check of a key took too long. paramiko has no error of its own for that."""
    return "timeout" in str(error).lower()


def _other_key(login: Login, shown: "paramiko.PKey | None") -> NoAnswer:
    if shown is None:
        return NoAnswer(f"the machine at {login.address} has no host key of the expected kind", other_key=True)
    return NoAnswer(
        f"the machine at {login.address} has another host key, {shown.fingerprint}",
        other_key=True,
        kind=shown.get_name().removeprefix("ssh-").partition("-")[0],
        fingerprint=shown.fingerprint,
    )


def shown_key(login: Login) -> "paramiko.PKey | None":
    """The host key that a machine shows when any kind of key is accepted. Nobody logs in. None: it does not answer."""
    import paramiko

    try:
        with _connected(login) as transport:
            return transport.get_remote_server_key()
    except (OSError, EOFError, paramiko.SSHException):
        return None


class _FailedError(Exception):
    """A program failed on the host."""


def _fix(said: str, user: str) -> str:
    """What to do about an error of the login's shell, or of sudo."""
    if "python3" in said and "not found" in said:
        return ". Install it: sudo apt-get install python3"
    if "password is required" in said:
        return f". Let {user} use sudo without a password, or set the password of its sudo in the settings (`logins`)"
    if "not in the sudoers file" in said or "not allowed to" in said:
        return f". Let {user} use sudo for every command: sudo usermod -aG sudo {user}, as root"
    return ""


def _algorithms(kind: str) -> tuple[str, ...]:
    return ("rsa-sha2-512", "rsa-sha2-256") if kind == "ssh-rsa" else (kind,)


def _private_key(text: str) -> "paramiko.PKey":
    import paramiko
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    key = load_ssh_private_key(text.encode(), None)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return paramiko.Ed25519Key.from_private_key(StringIO(text))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return paramiko.ECDSAKey.from_private_key(StringIO(text))
    return paramiko.RSAKey.from_private_key(StringIO(text))


def _run(transport: "paramiko.Transport", host: str, login: Login, program: str) -> str:
    """Runs the program as root. Returns what it prints. Raises _FailedError."""
    target = StepTarget(host, "look", login.user, asks_password=login.sudo_password is not None)
    password = "" if login.sudo_password is None else f"{login.sudo_password}\n"
    channel = transport.open_session(timeout=CONNECT_SECONDS)
    channel.settimeout(RUN_SECONDS)
    channel.exec_command(rendering.inspect(target))
    channel.sendall((password + program).encode())
    channel.shutdown_write()
    with channel.makefile("rb") as output, channel.makefile_stderr("rb") as errors:
        text, said = output.read().decode(), errors.read().decode(errors="replace").strip()
    status = channel.recv_exit_status()
    if status == NO_STATUS and _is_lost(transport):
        raise EOFError("the connection broke during the look")
    if status != 0:
        last = (said.splitlines() or ["no error message"])[-1]
        raise _FailedError(f"looking at it failed with status {status}: {last}{_fix(last, login.user)}")
    return text
