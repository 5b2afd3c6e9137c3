"""The tailnet's existing policy: whether the program may overwrite it, and otherwise which lines to add."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from components.overlay.tailscale.policy import (
    CLUSTER_TAG,
    OPERATOR_PORTS,
    cluster_rules,
    rules,
    tag_owners,
)
from components.settings.errors import Finding

Policy = dict[str, Any]
EVERY_PORT = 0
"""Stands for all ports. Only a rule for all ports covers it."""


def may_overwrite(existing: Policy) -> bool:
    """Whether the program can overwrite the policy and no rules of others are lost.

    True in a new tailnet, where all devices reach each other, and if this program wrote the policy.
    """
    return _is_new(existing) or _is_own(existing)


def findings(existing: Policy, owners: Sequence[str]) -> Iterator[Finding]:
    """An error with the lines that the policy lacks for the cluster, if any."""
    lines = list(missing_lines(existing, owners))
    if lines:
        text = "\n".join(f"      {line}" for line in lines)
        yield Finding(
            "tailnet.replace_policy",
            "is false, and the tailnet's own policy lacks rules that the cluster needs. Add these lines to it"
            f" (at Tailscale: https://login.tailscale.com/admin/acls/file):\n{text}\n"
            "    Or set tailnet.replace_policy to true: then the program replaces the whole policy.",
        )


def missing_lines(existing: Policy, owners: Sequence[str]) -> Iterator[str]:
    """Lines to add, each with the name of its section in the policy file."""
    for tag, given_by in tag_owners().items():
        if tag not in (existing.get("tagOwners") or {}):
            yield f'in "tagOwners":  {json.dumps(tag)}: {json.dumps(given_by)},'
    inside, operate = cluster_rules(owners)
    if not allows(existing, CLUSTER_TAG, EVERY_PORT):
        yield f'in "acls":       {json.dumps(inside)},'
    lacking = [one for one in operate["src"] if not all(allows(existing, one, port) for port in OPERATOR_PORTS)]
    if lacking:
        yield f'in "acls":       {json.dumps({**operate, "src": lacking})},'


def allows(existing: Policy, source: str, port: int) -> bool:
    """Whether a rule lets a tag, user or group reach a port of the cluster's hosts by TCP.

    For EVERY_PORT, a rule must allow all ports and protocols. Rules with conditions, addresses or names of `hosts` do
    not count. In this case the program asks for a line that may repeat such a rule.
    """
    return any(
        _covers(rule["src"], source) and any(target in ("*", "autogroup:tagged", CLUSTER_TAG) for target in rule["dst"])
        for rule in _rules_for(existing, port)
    )


def _rules_for(existing: Policy, port: int) -> Iterator[dict[str, list[str]]]:
    """Sources and targets of the rules that cover a port."""
    for rule in existing.get("acls") or ():
        if rule.get("action") == "accept" and _is_for(rule.get("proto") or "*", port):
            targets = [entry.rpartition(":") for entry in rule.get("dst") or ()]
            yield {
                "src": list(rule.get("src") or ()),
                "dst": [target for target, _, ports in targets if _has(ports, port)],
            }
    for grant in existing.get("grants") or ():
        if not {"srcPosture", "via"} & grant.keys():
            allowed = [entry.rpartition(":") for entry in grant.get("ip") or ()]
            if any(_is_for(protocol or "*", port) and _has(ports, port) for protocol, _, ports in allowed):
                yield {"src": list(grant.get("src") or ()), "dst": list(grant.get("dst") or ())}


def _covers(sources: list[str], source: str) -> bool:
    """Whether a rule's sources include a source."""
    every = "autogroup:tagged" if source.startswith("tag:") else "autogroup:member"
    return bool({source, every, "*", "autogroup:danger-all"} & set(sources))


def _is_for(protocol: str, port: int) -> bool:
    return protocol == "*" or (protocol in ("tcp", "6") and port != EVERY_PORT)


def _has(ports: str, port: int) -> bool:
    """Whether `*`, `22`, `80,443` or `1-1024` contains the port."""
    if ports == "*":
        return True
    spans = [part.split("-") for part in ports.split(",")]
    return port != EVERY_PORT and any(int(span[0]) <= port <= int(span[-1]) for span in spans)


def _is_new(existing: Policy) -> bool:
    """Whether it is a new tailnet's policy: all devices reach each other; users may configure their own devices."""
    everyone = (
        {"acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"]}]},
        {"grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}]},
    )
    said = {name: value for name, value in existing.items() if value}
    return (
        any({name: said[name] for name in ("acls", "grants") if name in said} == one for one in everyone)
        and said.keys() <= {"acls", "grants", "ssh", "nodeAttrs", "tagOwners"}
        and set(said.get("tagOwners", ())) <= tag_owners().keys()  # docs/credentials.md tells users to add these
    )


def _is_own(existing: Policy) -> bool:
    """Whether this program wrote it, for any owners. (Its first version wrote no rules for users.)"""
    said = {name: value for name, value in existing.items() if name != "tests"}
    try:
        owners = said["acls"][1]["src"][1:]
    except (KeyError, IndexError, TypeError):
        return False
    first = {"tagOwners": tag_owners(), "acls": cluster_rules(())}
    return said in (first, rules(owners, ssh=True), rules(owners, ssh=False))
