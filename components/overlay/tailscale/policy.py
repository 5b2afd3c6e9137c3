"""The policy file that the program writes into the tailnet. All connections that it does not allow are refused."""

import json
from collections.abc import Sequence
from typing import Any

CLUSTER_TAG = "tag:cluster"
OPERATOR_TAG = "tag:operator"
MEMBERS = "autogroup:member"
"""Devices of the tailnet's users: all devices without a tag."""

OPERATOR_PORTS = (22, 6443)
"""SSH for the program's steps, and the API for kubectl (including logs and exec)."""

# A new tailnet allows its users: each other's devices, exit nodes, and networks behind subnet routers. Hosts of the
# cluster are none of these, so this rule does not open them.
REACHED = (MEMBERS, "autogroup:internet", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
AMONG_MEMBERS = {
    "action": "accept",
    "src": [MEMBERS],
    "dst": [f"{target}:*" for target in REACHED],
}
# Tailscale SSH as in a new tailnet: users may log in to their own devices, after a check.
OWN_SSH = {
    "action": "check",
    "src": [MEMBERS],
    "dst": ["autogroup:self"],
    "users": ["autogroup:nonroot", "root"],
}


def tag_owners() -> dict[str, list[str]]:
    """Without owners, only administrators and keys with the tag can assign a tag."""
    return {CLUSTER_TAG: [], OPERATOR_TAG: []}


def cluster_rules(owners: Sequence[str]) -> list[dict[str, Any]]:
    """Rules for the cluster: hosts reach each other; the operator's tag and `owners` reach SSH and the API."""
    ports = ",".join(map(str, OPERATOR_PORTS))
    return [
        {"action": "accept", "src": [CLUSTER_TAG], "dst": [f"{CLUSTER_TAG}:*"]},
        {"action": "accept", "proto": "tcp", "src": [OPERATOR_TAG, *owners], "dst": [f"{CLUSTER_TAG}:{ports}"]},
    ]


def rules(owners: Sequence[str], ssh: bool) -> dict[str, Any]:
    """The policy without its tests. `ssh`: whether the control server supports Tailscale SSH."""
    return {
        "tagOwners": tag_owners(),
        "acls": [*cluster_rules(owners), AMONG_MEMBERS],
        **({"ssh": [OWN_SSH]} if ssh else {}),
    }


def policy(owners: Sequence[str], *, tcp: Sequence[int], udp: Sequence[int], ssh: bool) -> str:
    """The text of the policy file. `tcp` and `udp`: ports that the hosts need of each other.

    Tests in the policy check these ports. Tailscale refuses a policy whose tests fail.
    """
    cluster = [f"{CLUSTER_TAG}:{port}" for port in tcp]
    operator = [f"{CLUSTER_TAG}:{port}" for port in OPERATOR_PORTS]
    closed = [target for target in cluster if target not in operator]
    tests = [
        {"src": CLUSTER_TAG, "accept": cluster, "deny": [f"{OPERATOR_TAG}:22"]},
        {"src": CLUSTER_TAG, "proto": "udp", "accept": [f"{CLUSTER_TAG}:{port}" for port in udp]},
        {"src": OPERATOR_TAG, "accept": operator, "deny": closed},
    ]
    return json.dumps({**rules(owners, ssh), "tests": tests}, indent=2)
