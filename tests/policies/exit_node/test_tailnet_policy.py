"""The rule on exit nodes: a tailnet's policy may concern exit nodes, as long as no host of the cluster is one."""

import json
from typing import Any

import pytest

from components.overlay.tailscale.exit_node.find import ACL, SUBNET_ROUTES
from tests.policies.exit_node.rule import violations

INTERNET = "autogroup:internet"
REFUSED: dict[str, dict[str, Any]] = {
    "approval of a role": {"autoApprovers": {"exitNode": ["autogroup:member"]}},
    "approval of all devices with a tag": {"autoApprovers": {"exitNode": ["tag:laptop", "autogroup:tagged"]}},
    "approval of a tag that hosts may take": {
        "tagOwners": {"tag:out": ["tag:cluster"]},
        "autoApprovers": {"exitNode": ["tag:out"]},
    },
    "halves": {"autoApprovers": {"routes": {"0.0.0.0/1": ["tag:cluster"], "128.0.0.0/1": ["tag:cluster"]}}},
    "halves of IPv6": {"autoApprovers": {"routes": {"::/1": ["tag:cluster"], "8000::/1": ["tag:cluster"]}}},
    "a grant to hosts": {"grants": [{"src": ["tag:cluster"], "dst": [INTERNET], "ip": ["*"]}]},
    "a grant to all": {"grants": [{"src": ["*"], "dst": [INTERNET], "ip": ["*"]}]},
    "a grant via hosts": {"grants": [{"src": ["a@b.c"], "dst": [INTERNET], "via": ["tag:cluster"], "ip": ["*"]}]},
    "an older rule for hosts": {"acls": [{"action": "accept", "src": ["tag:cluster"], "dst": [f"{INTERNET}:*"]}]},
    "exit nodes of a seller": {"nodeAttrs": [{"target": ["tag:cluster"], "attr": ["mullvad"]}]},
    "a choice by itself": {"nodeAttrs": [{"target": ["*"], "attr": ["funnel", "auto-exit-node"]}]},
}
ALLOWED: dict[str, dict[str, Any]] = {
    "approval of another tag": {"autoApprovers": {"exitNode": ["tag:laptop"]}},
    "approval of a user": {"autoApprovers": {"exitNode": ["alice@example.com", "group:ops"]}},
    "approval of a tag that owns the hosts'": {
        "tagOwners": {"tag:cluster": ["tag:ci"]},
        "autoApprovers": {"exitNode": ["tag:ci"]},
    },
    "routes of another device": {"autoApprovers": {"routes": {"0.0.0.0/0": ["tag:laptop"]}}},
    "one half": {"autoApprovers": {"routes": {"0.0.0.0/1": ["tag:cluster"], "128.0.0.0/1": ["tag:laptop"]}}},
    "a grant to users": {"grants": [{"src": ["autogroup:member"], "dst": [INTERNET], "ip": ["*"]}]},
    "a grant via another device": {
        "grants": [{"src": ["autogroup:member"], "dst": [INTERNET], "via": ["tag:laptop"], "ip": ["*"]}]
    },
    "a new tailnet's": {"grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}]},
    "other attributes": {"nodeAttrs": [{"target": ["*"], "attr": ["funnel", "drive:share"]}]},
    "exit nodes of a seller for users": {"nodeAttrs": [{"target": ["autogroup:member"], "attr": ["mullvad"]}]},
    "a tag of that name": {"tagOwners": {"tag:exit-node": []}, "groups": {"group:exit-node": []}},
    "wrong types": {"acls": {}, "grants": ["x"], "nodeAttrs": None, "autoApprovers": {"exitNode": "x"}},
}


@pytest.mark.parametrize("policy", REFUSED.values(), ids=REFUSED.keys())
def test_refuses(policy: dict[str, Any]) -> None:
    assert violations(ACL, acl=json.dumps(policy))


@pytest.mark.parametrize("policy", ALLOWED.values(), ids=ALLOWED.keys())
def test_allows(policy: dict[str, Any]) -> None:
    assert violations(ACL, acl=json.dumps(policy)) == []


def test_the_report_names_the_part_and_the_hosts() -> None:
    (found,) = violations(ACL, acl=json.dumps({"autoApprovers": {"exitNode": ["tag:laptop", "tag:cluster"]}}))
    assert found.startswith("thing: acl has autoApprovers.exitNode for tag:cluster.")


@pytest.mark.parametrize("routes", [["0.0.0.0/1", "128.0.0.0/1"], ["::/1", "8000::/1"], ["2000::/3"]], ids=str)
def test_refuses_routes_that_lead_everywhere_together(routes: list[str]) -> None:
    (found,) = violations(SUBNET_ROUTES, deviceId="1", routes=["10.0.0.0/8", *routes])
    assert found.startswith("thing: routes has " + ", ".join(routes))


def test_refuses_everywhere_in_narrow_routes() -> None:
    (found,) = violations(SUBNET_ROUTES, deviceId="1", routes=[f"{first}.0.0.0/8" for first in range(256)])
    assert found.startswith("thing: routes has 0.0.0.0/0.")
