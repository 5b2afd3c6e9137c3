"""Comments on pull requests, as reviewers read them. `REGENERATE=1` writes them anew: read the difference.

The program runs twice under mocks: with the settings of the state, and with those of the pull request.
"""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from preview.events import Preview, read
from preview.markdown import comment
from tests.conformity.program import run_program
from tests.conformity.stacks import settings_of, typed_in
from tests.engine import Run
from tests.preview.engine_events import diagnostic, events, policy
from tests.settings.files import private_key
from tests.stack import ROOT, overlaid

FIXTURES = Path(__file__).parent / "fixtures"
SHOP = {"image": "docker.io/library/shop:1.2", "host": "shop.tailnet.example", "replicas": 3}
SHOP |= {"secrets": {"TOKEN": "a-token-of-the-shop"}}
PULL_REQUESTS: Mapping[str, Mapping[str, Any]] = {
    "nothing": {},
    "new-app": {"apps": {"shop": SHOP}},
    "more-pods": {"apps": {"whoami": {"replicas": 3}}},
    "k3s-patch": {"k3s": {"version": "v1.36.4+k3s1", "sha256": {"amd64": "a" * 64, "arm64": "b" * 64}}},
    "database-setting": {"datastore": {"suspect_seconds": 5}},
    "new-host": {"hosts": {"azure-2": {"cloud": "azure", "roles": ["agent"], "size": "Standard_B2pls_v2"}}},
}
AZURE = {"cloud": "azure", "roles": ["server", "database"], "size": "Standard_B2pls_v2"}
PULL_REQUESTS_WITH_ETCD: Mapping[str, Mapping[str, Any]] = {
    "etcd-setting": {"datastore": {"heartbeat_ms": 500, "election_ms": 5000}},
    "etcd-five-members": {"hosts": {"azure-2": AZURE, "azure-3": AZURE}},
    "etcd-other-member": {"hosts": {"azure-2": AZURE, "oracle-2": {"roles": ["server", "ingress"]}}},
}


@cache
def etcd() -> dict[str, Any]:
    """The settings of the tests' stack with etcd."""
    return typed_in(settings_of(ROOT / "tests" / "end_to_end" / "stacks" / "Pulumi.etcd.yaml"))


@cache
def with_etcd() -> Run:
    """What the state of that stack has."""
    return run_program(etcd(), "test")


@cache
def base() -> dict[str, Any]:
    """The lab's settings, with a site that has a secret and one more host."""
    site = {"image": "docker.io/library/site:1", "host": "www.tailnet.example", "secrets": {"PASSWORD": "a-password"}}
    more = {"hosts": {"azure-3": {"cloud": "azure", "roles": ["agent"], "size": "Standard_B2pls_v2"}}}
    return overlaid(typed_in(settings_of(ROOT / "Pulumi.lab.yaml")), {**more, "apps": {"site": site}})


@cache
def before() -> Run:
    """What the state has."""
    return run_program(base(), "test")


def after(changes: Mapping[str, Any]) -> Run:
    """What the program wants with changed settings."""
    return run_program(overlaid(base(), dict(changes)), "test")


def previews() -> dict[str, Preview]:
    """Every fixture's preview, by name."""
    found = {name: read(events(before(), after(changes))) for name, changes in PULL_REQUESTS.items()}
    found["removed-host"] = read(events(before(), after({"hosts": {"azure-3": None}})))
    found["removed-home"] = read(events(before(), after({"hosts": {"home-1": None}, "storage": None, "logins": None})))
    for name, changes in PULL_REQUESTS_WITH_ETCD.items():
        found[name] = read(events(with_etcd(), run_program(overlaid(etcd(), dict(changes)), "test")))
    again = read(events(before(), before(), {"Instance oracle-2"}))
    found["replaced-machine"] = again
    refused = [
        *events(before(), before()),
        policy("no-tcp-port-is-open-to-everyone", "list: lets 0.0.0.0/0 in by TCP (ports 22)."),
        diagnostic("warning", "oracle-1: k3s.service is stopped. The step k3s-node-oracle-1 runs again."),
    ]
    found["refused"] = read(refused)
    return found


@cache
def all_comments() -> dict[str, str]:
    """The Markdown of each."""
    return {name: comment(preview, "test") for name, preview in previews().items()}


@pytest.fixture
def comments() -> dict[str, str]:
    """The same."""
    return all_comments()


def sentences(text: str) -> list[str]:
    """What a reviewer reads first. The details change with every new step of the program."""
    return [line for line in text.splitlines() if line.startswith("- ")]


def test_comments_say_what_they_said_before(comments: dict[str, str]) -> None:
    if os.environ.get("REGENERATE"):
        FIXTURES.mkdir(exist_ok=True)
        for name, text in comments.items():
            (FIXTURES / f"{name}.md").write_text(text)
    kept = {file.stem: sentences(file.read_text()) for file in FIXTURES.glob("*.md")}
    assert {name: sentences(text) for name, text in comments.items()} == kept


def secrets() -> list[str]:
    """Every secret that the program handles under mocks: inputs, outputs, and what is in the settings.

    Without resources' names: between its first and last line, a mock's private key has nothing else.
    """
    all_resources = [*before().resources, *with_etcd().resources]
    names = {one.name for one in all_resources}
    found = [str(value) for one in all_resources for name, value in one.inputs.items() if name in one.secrets]
    texts = [word for text in found for word in (text, *text.splitlines()) if word not in names]
    return [*texts, "a-password", "a-token-of-the-shop", *private_key().splitlines(), "password-", "tskey-auth"]


def test_no_comment_has_a_secret(comments: dict[str, str]) -> None:
    long = [secret for secret in secrets() if len(secret) >= 8]
    assert len(long) > 50
    for name, text in comments.items():
        assert [secret for secret in long if secret in text] == [], name


def test_no_comment_has_a_line_of_a_script(comments: dict[str, str]) -> None:
    lines = {line.strip() for file in (ROOT / "components").rglob("*.sh") for line in file.read_text().splitlines()}
    code = {line for line in lines if len(line) > 25 and not line.startswith("#")}
    for name, text in comments.items():
        assert code.isdisjoint(line.strip(" +-") for line in text.splitlines()), name
