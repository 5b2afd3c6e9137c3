"""The policy pack's rule on host keys: one resource each, as Pulumi shows it to the rule."""

from typing import Any

import pytest
from pulumi_policy import EnforcementLevel
from pulumi_policy.proxy import UNKNOWN_OBJECT_VALUE, UNKNOWN_STRING_VALUE

from policies.host_keys import every_connection_pins_a_host_key
from tests.policies.asked import ask

COMMAND = "command:remote:Command"
KINDS = (COMMAND, "command:remote:CopyToRemote", "command:remote:CopyFile")
HOST = {"host": "192.0.2.1", "user": "operator", "privateKey": "x"}
KEY = {"hostKey": "ssh-ed25519 AAAAC3Nz"}


def violations(kind: str = COMMAND, **props: Any) -> list[str]:
    """What the rule reports of a resource with these inputs."""
    return ask(every_connection_pins_a_host_key, kind, **props)


@pytest.mark.parametrize("kind", KINDS)
def test_refuses_a_connection_without_one(kind: str) -> None:
    assert violations(kind, connection=HOST)


@pytest.mark.parametrize("key", [None, "", " \n", 0.0], ids=repr)
def test_refuses_an_empty_one(key: object) -> None:
    assert violations(connection={**HOST, "hostKey": key})


def test_refuses_a_proxy_without_one() -> None:
    (message,) = violations(connection={**HOST, **KEY, "proxy": HOST})
    assert message.startswith("thing: connection.proxy pins no host key")
    assert len(violations(connection={**HOST, "proxy": HOST})) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_allows_a_connection_with_one(kind: str) -> None:
    assert violations(kind, connection={**HOST, **KEY}) == []
    assert violations(kind, connection={**HOST, **KEY, "proxy": {**HOST, **KEY}}) == []


@pytest.mark.parametrize(
    "connection",
    [
        UNKNOWN_OBJECT_VALUE,
        {**HOST, "hostKey": UNKNOWN_STRING_VALUE},
        {**HOST, **KEY, "proxy": UNKNOWN_OBJECT_VALUE},
        {**HOST, **KEY, "proxy": {**HOST, "hostKey": UNKNOWN_STRING_VALUE}},
    ],
    ids=["the connection", "the key", "the proxy", "the proxy's key"],
)
def test_allows_what_a_preview_does_not_know(connection: object) -> None:
    assert violations(connection=connection) == []


def test_refuses_a_connection_of_which_a_preview_knows_only_that_it_has_no_key() -> None:
    assert violations(connection={"host": UNKNOWN_STRING_VALUE, "privateKey": UNKNOWN_STRING_VALUE})


@pytest.mark.parametrize(
    ("kind", "props"),
    [
        ("command:local:Command", {"create": "true"}),
        (COMMAND, {"create": "true"}),
        (COMMAND, {"connection": "x"}),
        ("mongodb:index:Client", {"connection": HOST}),
    ],
    ids=["a local command", "no connection", "no map", "another provider's"],
)
def test_allows_other_resources(kind: str, props: dict[str, Any]) -> None:
    assert violations(kind, **props) == []


def test_the_report_names_the_connection_the_reason_and_what_to_do() -> None:
    assert violations(connection=HOST) == [
        "thing: connection pins no host key, so whoever answers at that address gets the command and its secrets."
        " Set connection.hostKey to the public key in the host's own /etc/ssh/ssh_host_ed25519_key.pub."
    ]


def test_is_mandatory() -> None:
    assert every_connection_pins_a_host_key.enforcement_level is EnforcementLevel.MANDATORY
