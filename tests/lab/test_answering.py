"""The kubeconfig of a lab leads to a server that answers."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from lab import answering
from lab.answering import NoServerError, led_to_one_that_answers
from lab.lab import Lab
from tests.certificates import self_signed


class Supervisor(BaseHTTPRequestHandler):
    """k3s' port: it answers /ping at once, and everything else when its API is ready."""

    api = 401

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/ping" else self.api)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Starting(Supervisor):
    """Its API is not ready yet."""

    api = 503


@contextmanager
def listening(kind: type[Supervisor], folder: Path) -> Iterator[str]:
    """Where such a supervisor answers by TLS."""
    key, certificate = self_signed(folder, "x")
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def well(tmp_path: Path) -> Iterator[str]:
    """Where a server answers."""
    with listening(Supervisor, tmp_path) as place:
        yield place


@pytest.fixture
def starting(tmp_path: Path) -> Iterator[str]:
    """Where a server has started a moment ago."""
    with listening(Starting, tmp_path) as place:
        yield place


@pytest.fixture
def frozen() -> Iterator[str]:
    """Where connections are taken, and nobody says a word: a frozen machine."""
    with socket.create_server(("127.0.0.1", 0)) as waiting:
        yield f"127.0.0.1:{waiting.getsockname()[1]}"


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """Whose operator is this computer."""

    def here(_lab: Lab, _role: str, command: Sequence[str]) -> list[str]:
        return list(command)

    monkeypatch.setattr(answering, "namespace_command", here)
    return Lab("test", tmp_path)


def kubeconfig(*places: str) -> str:
    """With a context for each place: the current one, and then s1, s2, …"""
    names = ["current", *(f"s{number}" for number in range(1, len(places)))]
    return yaml.safe_dump(
        {
            "clusters": [
                {"name": name, "cluster": {"server": f"https://{place}"}}
                for name, place in zip(names, places, strict=True)
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": "owner"}} for name in names],
            "current-context": "current",
        }
    )


def test_its_own_server_is_kept_while_it_answers(lab: Lab, well: str, frozen: str) -> None:
    text = kubeconfig(well, frozen)
    assert led_to_one_that_answers(lab, text) == text


def test_another_takes_its_place_within_seconds(lab: Lab, well: str, frozen: str) -> None:
    started = time.monotonic()
    for text in (kubeconfig("127.0.0.1:1", frozen, well), kubeconfig(frozen, "127.0.0.1:1", well)):
        assert yaml.safe_load(led_to_one_that_answers(lab, text))["current-context"] == "s2"
    assert time.monotonic() - started < 2 * answering.SECONDS, "waits for no server that is frozen"


def test_a_server_whose_api_is_not_ready_does_not_answer(lab: Lab, well: str, starting: str) -> None:
    changed = led_to_one_that_answers(lab, kubeconfig(starting, well))
    assert yaml.safe_load(changed)["current-context"] == "s1"


def test_all_servers_are_named_if_none_answers(lab: Lab, frozen: str) -> None:
    with pytest.raises(NoServerError, match=rf"\(127.0.0.1:1, {frozen}\): bin/lab status"):
        led_to_one_that_answers(lab, kubeconfig("127.0.0.1:1", frozen))


def test_with_one_server_there_is_no_choice(lab: Lab) -> None:
    for text in (kubeconfig("127.0.0.1:1"), "apiVersion: v1"):
        assert led_to_one_that_answers(lab, text) == text
