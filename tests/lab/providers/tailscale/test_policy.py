"""Policies: what is read, what is refused, which of their own tests fail, and what Headscale gets to see."""

import json
from typing import Any

import pytest

from lab.providers.tailscale.hujson import parse
from lab.providers.tailscale.policy import for_headscale, problems, same_policy

CLUSTER_TO_CLUSTER = {"action": "accept", "src": ["tag:cluster"], "dst": ["tag:cluster:*"]}
OPERATOR_TO_CLUSTER = {"action": "accept", "proto": "tcp", "src": ["tag:operator"], "dst": ["tag:cluster:22,6443"]}
POLICY: dict[str, Any] = {
    "tagOwners": {"tag:cluster": [], "tag:operator": ["autogroup:admin"]},
    "groups": {"group:dev": ["ada@example.com"]},
    "hosts": {"nas": "192.168.7.9"},
    "acls": [
        CLUSTER_TO_CLUSTER,
        OPERATOR_TO_CLUSTER,
        {"action": "accept", "src": ["group:dev"], "dst": ["192.168.7.0/24:8000-8080"]},
    ],
    "grants": [{"src": ["autogroup:member"], "dst": ["tag:operator"], "ip": ["udp:53", "443"]}],
}


def problems_with(**changes: object) -> list[str]:
    """Problems of the policy above with other fields."""
    return list(problems(json.dumps(POLICY | changes)))


def failures(test: dict[str, Any]) -> list[str]:
    """Problems of the policy above with one test."""
    return problems_with(tests=[test])


@pytest.mark.parametrize(
    "test",
    [
        {"src": "tag:cluster", "accept": ["tag:cluster:22"], "deny": ["tag:operator:22"]},
        {"src": "tag:cluster", "proto": "udp", "accept": ["tag:cluster:8472"]},
        {"src": "tag:operator", "accept": ["tag:cluster:22", "tag:cluster:6443"], "deny": ["tag:cluster:3306"]},
        {"src": "tag:operator", "proto": "udp", "deny": ["tag:cluster:22"]},
        {"src": "ada@example.com", "accept": ["nas:8080", "192.168.7.1:8000"], "deny": ["nas:22", "192.168.8.1:8000"]},
        {"src": "bob@example.com", "accept": ["tag:operator:443"], "deny": ["tag:cluster:22"]},
        {"src": "bob@example.com", "proto": "tcp", "deny": ["tag:operator:53"]},
    ],
)
def test_a_test_that_the_rules_keep_passes(test: dict[str, Any]) -> None:
    assert failures(test) == []


@pytest.mark.parametrize(
    ("test", "line"),
    [
        (
            {"src": "tag:operator", "accept": ["tag:cluster:3306"]},
            "tag:operator → tag:cluster:3306: the test wants accept",
        ),
        ({"src": "tag:cluster", "deny": ["tag:cluster:22"]}, "tag:cluster → tag:cluster:22: the test wants deny"),
        ({"src": "tag:operator", "proto": "udp", "accept": ["tag:cluster:22"]}, "the test wants accept"),
        ({"src": "tag:operator"}, "a test needs src, and accept or deny"),
        ({"src": "tag:operator", "accept": ["tag:cluster"]}, "cluster: not a port"),
    ],
)
def test_a_test_that_the_rules_break_fails(test: dict[str, Any], line: str) -> None:
    [failure] = failures(test)
    assert line in failure


def test_refuses_a_field_that_there_is_not() -> None:
    assert problems_with(acl=[]) == ["unknown field acl"]


def test_refuses_a_tag_without_owners() -> None:
    assert problems_with(tagOwners={"tag:operator": []}) == ["tag:cluster is used and not in tagOwners"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"acls": 5}', '{"acls": [{"dst": ["x"]}], "tests": [{"src": "a", "deny": ["b:1"]}]}']
)
def test_refuses_what_is_no_policy(text: str) -> None:
    assert any(problem.startswith("not a policy: ") for problem in problems(text))


def test_reads_comments_and_last_commas() -> None:
    text = '{ // everyone\n "acls": [ {"dst": ["//not a comment,]"],}, /* none */ ],\n}'
    assert parse(text) == {"acls": [{"dst": ["//not a comment,]"]}]}


def test_an_error_names_the_line() -> None:
    with pytest.raises(ValueError, match="line 3"):
        parse('{ // one\n/* two\n*/ "a" }')


def test_headscale_gets_what_it_understands() -> None:
    seen = for_headscale(json.dumps(POLICY | {"tests": [{"src": "tag:cluster", "deny": ["tag:operator:22"]}]}))
    assert set(seen) == {"tagOwners", "groups", "hosts", "acls"}
    assert seen["tagOwners"] == {"tag:cluster": [], "tag:operator": []}
    assert seen["acls"][3:] == [
        {"action": "accept", "src": ["autogroup:member"], "dst": ["tag:operator:53"], "proto": "udp"},
        {"action": "accept", "src": ["autogroup:member"], "dst": ["tag:operator:443"]},
    ]


def test_blanks_comments_and_order_mean_nothing() -> None:
    assert same_policy('{"acls": [], "hosts": {}}', '{"hosts": {}, /* none */ "acls": [],}')
    assert not same_policy('{"acls": []}', "{}")
