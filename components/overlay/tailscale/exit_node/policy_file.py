"""What in a tailnet's policy makes hosts of the cluster exit nodes, or lets them use one.

Tags decide: every host of the cluster has the program's tag. Rules for other devices are allowed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.overlay.tailscale.exit_node.routes import everywhere
from components.overlay.tailscale.exit_node.shapes import as_map, maps, texts
from components.overlay.tailscale.policy import CLUSTER_TAG

INTERNET = "autogroup:internet"
"""Whoever reaches it may use exit nodes."""
EVERY_DEVICE = {"*", "autogroup:tagged", "autogroup:danger-all"}
ATTRIBUTE = re.compile(r"mullvad|(?!disable|no-).*exit-node.*")
"""Attributes that give devices exit nodes, or have them choose one."""
STRING = r'"(?:\\.|[^"\\])*"'


def policy_file(text: str) -> Iterator[str]:
    """Each part of the policy that concerns exit nodes and the hosts of the cluster."""
    try:
        policy = json.loads(plain_json(text))
    except ValueError:
        return  # Tailscale refuses such a policy itself
    if isinstance(policy, dict):
        tags = _cluster_tags(policy)
        yield from _approvals(as_map(policy.get("autoApprovers")), tags)
        yield from _rules(policy, tags | EVERY_DEVICE)
        yield from _attributes(policy, tags | EVERY_DEVICE)


def plain_json(text: str) -> str:
    """JSON of a policy file, without its comments and without commas before a closing bracket."""
    text = re.sub(rf"({STRING})|//[^\n]*|/\*.*?\*/", lambda found: found[1] or " ", text, flags=re.DOTALL)
    return re.sub(rf"({STRING})|,(?=\s*[}}\]])", lambda found: found[1] or "", text)


def _cluster_tags(policy: Mapping[str, Any]) -> set[str]:
    """The tag of the hosts, and the tags that they may give themselves because their tag owns them."""
    owners = as_map(policy.get("tagOwners"))
    tags, more = set[str](), {CLUSTER_TAG}
    while more:
        tags |= more
        more = {tag for tag, of in owners.items() if tags & set(texts(of))} - tags
    return tags


def _approvals(approvers: Mapping[str, Any], tags: set[str]) -> Iterator[str]:
    """Automatic approvals of hosts. A role counts: who has it may have logged a host in."""
    if found := _hosts_among(approvers.get("exitNode"), tags):
        yield f"autoApprovers.exitNode for {found}"
    routes = as_map(approvers.get("routes"))
    approved = {route: found for route, whom in routes.items() if (found := _hosts_among(whom, tags))}
    if everything := everywhere(approved):
        yield f"autoApprovers.routes of {everything} for {next(iter(approved.values()))}"


def _hosts_among(approvers: object, tags: set[str]) -> str:
    hosts = (one for one in texts(approvers) if one in tags or one == "*" or one.startswith("autogroup:"))
    return next(hosts, "")


def _rules(policy: Mapping[str, Any], hosts: set[str]) -> Iterator[str]:
    """Rules that name the internet: as a target of the cluster's hosts, or by way of them."""
    for part in ("acls", "grants"):
        for rule in maps(policy.get(part)):
            if not any(one == INTERNET or one.startswith(f"{INTERNET}:") for one in texts(rule.get("dst"))):
                continue
            if found := sorted(hosts.intersection(texts(rule.get("src")))):
                yield f"{part} that let {found[0]} use exit nodes ({INTERNET})"
            if found := sorted(hosts.intersection(texts(rule.get("via")))):
                yield f"{part} that lead to {INTERNET} via {found[0]}"


def _attributes(policy: Mapping[str, Any], hosts: set[str]) -> Iterator[str]:
    for entry in maps(policy.get("nodeAttrs")):
        attributes = filter(ATTRIBUTE.fullmatch, texts(entry.get("attr")))
        if found := sorted(hosts.intersection(texts(entry.get("target")))):
            yield from (f"nodeAttrs with {attribute} for {found[0]}" for attribute in attributes)
