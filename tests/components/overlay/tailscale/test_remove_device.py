"""Devices leave the tailnet with their hosts: the program that sees to it, against a server that knows both APIs."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pulumi.runtime.config import set_all_config

from components.overlay.tailscale.removal import PROGRAM, Removal
from tests.components.overlay.tailscale.test_tailnet import joined
from tests.engine import run

HOSTNAME = "lab-oracle-7-xxxx"
TAGS = ["tag:cluster"]


class Api(ThreadingHTTPServer):
    """A server that knows some answers, and writes down what it was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers
        self.asked: list[str] = []
        self.tokens: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers what the server knows, 404 to all else."""

    server: Api

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.asked.append(" ".join(filter(None, [self.command, self.path, body])))
        self.server.tokens.add(self.headers.get("Authorization", ""))
        answer = self.server.answers.get(f"{self.command} {self.path}")
        self.send_response(404 if answer is None else answer if isinstance(answer, int) else 200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode() if isinstance(answer, dict) else b"")

    do_GET = do_POST = do_DELETE = respond  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def api() -> Iterator[Api]:
    server = Api({})
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()


def remove(api: Api, **environment: str) -> subprocess.CompletedProcess[str]:
    """What the stack's computer runs when a host is deleted."""
    credentials = environment or {"TAILSCALE_API_KEY": "tskey-api"}
    return subprocess.run(
        [sys.executable, "-", HOSTNAME],
        input=PROGRAM.read_text(),
        env={"TAILSCALE_BASE_URL": api.url, "TAILSCALE_TAILNET": "example.org", **credentials},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def device(number: str, hostname: str = HOSTNAME, tags: list[str] | None = None) -> dict[str, Any]:
    """A device as Tailscale's API has it."""
    return {"id": number, "hostname": hostname, "tags": TAGS if tags is None else tags}


def test_the_device_of_the_host_is_removed_and_no_other(api: Api) -> None:
    devices = [device("1"), device("2", "lab-oracle-8-xxxx"), device("3", tags=["tag:other"])]
    api.answers = {"GET /api/v2/tailnet/example.org/devices": {"devices": devices}, "DELETE /api/v2/device/1": {}}
    ran = remove(api)
    assert (ran.returncode, ran.stderr) == (0, f"{HOSTNAME}: 1 device removed from the tailnet\n")
    assert api.asked == ["GET /api/v2/tailnet/example.org/devices", "DELETE /api/v2/device/1"]
    assert api.tokens == {"Bearer tskey-api"}


def test_a_device_that_is_gone_already_is_no_error(api: Api) -> None:
    api.answers = {"GET /api/v2/tailnet/example.org/devices": {"devices": []}}
    assert remove(api).returncode == 0


def test_an_oauth_client_gets_a_token_first(api: Api) -> None:
    api.answers = {
        "POST /api/v2/oauth/token": {"access_token": "short-lived"},
        "GET /api/v2/tailnet/example.org/devices": {"devices": [device("1")]},
        "DELETE /api/v2/device/1": {},
    }
    ran = remove(api, TAILSCALE_OAUTH_CLIENT_ID="me", TAILSCALE_OAUTH_CLIENT_SECRET="hidden")
    assert ran.returncode == 0, ran.stderr
    assert api.asked[0] == "POST /api/v2/oauth/token client_id=me&client_secret=hidden"
    assert api.tokens == {"", "Bearer short-lived"}


@pytest.mark.parametrize(
    "environment",
    [
        {"TAILSCALE_IDENTITY_TOKEN": "who.i.am"},
        {"IDENTITY_TOKEN": "who.i.am"},
        {"TAILSCALE_IDENTITY_TOKEN_ENVIRONMENT_VARIABLE_NAME": "MINE", "MINE": "who.i.am"},
        {"TAILSCALE_AUDIENCE": "api.tailscale.com/me", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "run"},
    ],
)
def test_a_federated_identity_gets_a_token_first(api: Api, environment: dict[str, str]) -> None:
    api.answers = {
        "GET /identity?v=2&audience=api.tailscale.com%2Fme": {"value": "who.i.am"},
        "POST /api/v2/oauth/token-exchange": {"access_token": "short-lived"},
        "GET /api/v2/tailnet/example.org/devices": {"devices": [device("1")]},
        "DELETE /api/v2/device/1": {},
    }
    actions = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{api.url}/identity?v=2"}
    ran = remove(api, TAILSCALE_OAUTH_CLIENT_ID="me", **actions, **environment)
    assert ran.returncode == 0, ran.stderr
    assert "POST /api/v2/oauth/token-exchange client_id=me&jwt=who.i.am" in api.asked
    assert api.asked[-1] == "DELETE /api/v2/device/1"
    assert "Bearer short-lived" in api.tokens
    assert ("Bearer run" in api.tokens) == ("TAILSCALE_AUDIENCE" in environment)


def test_a_headscale_server_is_asked_in_its_own_way(api: Api) -> None:
    nodes = [{"id": "4", "name": HOSTNAME, "tags": TAGS}, {"id": "5", "name": "other", "tags": TAGS}]
    api.answers = {"GET /api/v1/node": {"nodes": nodes}, "DELETE /api/v1/node/4": {}}
    ran = remove(api)
    assert ran.returncode == 0, ran.stderr
    assert api.asked[1:] == ["GET /api/v1/node", "DELETE /api/v1/node/4"]


@pytest.mark.parametrize(
    ("answers", "environment", "said"),
    [
        ({}, {"OTHER": "x"}, "set TAILSCALE_API_KEY, or TAILSCALE_OAUTH_CLIENT_ID with"),
        ({"GET /api/v2/tailnet/example.org/devices": 403}, {}, "the tailnet's API refuses to GET .*: 403 Forbidden"),
        ({}, {"TAILSCALE_BASE_URL": "http://127.0.0.1:1", "TAILSCALE_API_KEY": "k"}, ".* does not answer: .*refused"),
        ({}, {"TAILSCALE_BASE_URL": "file:///etc", "TAILSCALE_API_KEY": "k"}, "TAILSCALE_BASE_URL: .* is no URL"),
    ],
)
def test_what_goes_wrong_is_one_line(api: Api, answers: dict[str, Any], environment: dict[str, str], said: str) -> None:
    api.answers = answers
    ran = remove(api, **environment)
    assert ran.returncode != 0
    assert len(ran.stderr.splitlines()) == 1
    assert re.match(said, ran.stderr), ran.stderr


def test_it_runs_when_the_host_is_deleted_and_never_else() -> None:
    command = next(each for each in joined().of("Command") if each.name == "oracle-7")
    assert command.type == "command:local:Command"
    assert command.inputs["delete"].startswith(f'python3 - {HOSTNAME} <<\'END_OF_PROGRAM\'\n"""Removes one device')
    assert not {"create", "update", "environment"} & command.inputs.keys()


def test_credentials_of_the_providers_settings_go_along_as_secrets() -> None:
    def program() -> None:
        set_all_config({"tailscale:apiKey": "tskey-api-1", "tailscale:tailnet": "example.org"}, ["tailscale:apiKey"])
        try:
            Removal("oracle-7", HOSTNAME)
        finally:
            set_all_config({})

    command = run(program).one("Command", "oracle-7")
    assert command.inputs["environment"] == {"TAILSCALE_API_KEY": "tskey-api-1", "TAILSCALE_TAILNET": "example.org"}
    assert "environment" in command.secrets
    assert "tskey-api-1" not in command.inputs["delete"]
