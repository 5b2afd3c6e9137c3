"""The look over a real SSH connection: what a host that is slow, or talks, comes to."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from components import rendering
from components.look import ask
from components.look.ask import Answers, NoAnswer, Result, ask_hosts
from components.look.report import report_of
from components.look.state import Login
from components.rendering import StepTarget
from tests.lab.providers.command.ssh_server import Session, SshServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SshServer]:
    def inspect(_: StepTarget) -> str:
        return "sh -s"

    monkeypatch.setattr(rendering, "inspect", inspect)
    server = SshServer()
    yield server
    server.close()


def asked(server: SshServer, *programs: str) -> Result:
    one = server.connection
    login = Login(one["host"], one["port"], one["user"], one["privateKey"], one["hostKey"])
    return ask_hosts({"oracle-1": [login]}, programs)["oracle-1"]


def test_what_programs_print_is_the_answer(server: SshServer) -> None:
    result = asked(server, "echo one", "echo two")
    assert isinstance(result, Answers)
    assert result.texts == ("one\n", "two\n")


@pytest.mark.parametrize(
    ("programs", "words"),
    [
        (("echo one", "sleep 30"), "looking at it takes more than 1 s: see what keeps it busy"),
        (("echo one", "echo why >&2; exit 3"), "looking at it failed with status 3: why"),
    ],
)
def test_a_host_that_let_the_look_in_is_up(
    server: SshServer, monkeypatch: pytest.MonkeyPatch, programs: Sequence[str], words: str
) -> None:
    """Else its steps would be left, and `up` would end well."""
    monkeypatch.setattr(ask, "RUN_SECONDS", 1.0)
    assert asked(server, *programs) == NoAnswer(words, is_up=True)


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ("sudo: a password is required", "Let pi use sudo without a password, or set the password of its sudo"),
        ("pi is not in the sudoers file.", "sudo usermod -aG sudo pi"),
        ("sh: 1: python3: not found", "sudo apt-get install python3"),
        ("why", ""),
    ],
)
def test_the_shells_and_sudos_errors_come_with_a_fix(said: str, fix: str) -> None:
    told = ask._fix(said, "pi")
    assert fix in told
    assert bool(told) == bool(fix)


def test_a_host_that_is_lost_during_the_look_is_off(server: SshServer) -> None:
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(asked, server, "sleep 30")
        server.wait_for_command()
        server.cut()
        assert result.result(timeout=10) == NoAnswer("127.0.0.1: the connection broke during the look")


def test_a_slow_check_of_the_key_is_not_called_a_refusal(server: SshServer, monkeypatch: pytest.MonkeyPatch) -> None:
    enough = threading.Event()
    monkeypatch.setattr(Session, "check_auth_publickey", lambda *_: enough.wait(10))
    monkeypatch.setattr(ask, "LOGIN_SECONDS", 0.5)
    result = asked(server, "true")
    enough.set()
    assert isinstance(result, NoAnswer)
    assert "did not check the key of the user operator within" in result.reason
    assert result.is_up


def test_a_shell_that_talks_is_told_what_it_said() -> None:
    result = report_of(Answers(("Welcome!\n{}", "{}"), (0, 0)))
    assert isinstance(result, NoAnswer)
    assert result.is_up
    assert "its answer begins with 'Welcome!'" in result.reason
