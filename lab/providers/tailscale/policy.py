"""Checks a tailnet policy as Tailscale does, and translates it for Headscale."""

from collections.abc import Iterator
from typing import Any

from lab.providers.tailscale import hujson
from lab.providers.tailscale.rules import Policy, failed_tests

HEADSCALE_FIELDS = frozenset({"acls", "autoApprovers", "groups", "hosts", "ssh", "tagOwners"})
OTHER_FIELDS = frozenset(
    {"defaultSrcPosture", "derpMap", "disableIPv4", "extraDNSRecords", "grants", "ipsets", "nodeAttrs", "OneCGNATRoute"}
    | {"postures", "randomizeClientPort", "sshTests", "tests"}
)
"""Fields that Tailscale accepts, but Headscale does not."""
RULE_LISTS = ("acls", "grants", "ssh")


def problems(text: str) -> Iterator[str]:
    """Reasons why Tailscale refuses a policy: its form, its tags, and its own tests."""
    try:
        policy = hujson.parse(text)
        yield from (f"unknown field {name}" for name in sorted(policy.keys() - HEADSCALE_FIELDS - OTHER_FIELDS))
        owned = set(policy.get("tagOwners", {}))
        yield from (f"{tag} is used and not in tagOwners" for tag in sorted(used_tags(policy) - owned))
        yield from (f"test failed: {line}" for line in failed_tests(policy))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        yield f"not a policy: {error}"


def used_tags(policy: Policy) -> set[str]:
    """Tags that rules and tests name."""
    tags: set[str] = set()
    for name in (*RULE_LISTS, "tests", "autoApprovers"):
        for text in strings(policy.get(name, ())):
            if text.startswith("tag:"):
                tags.add(":".join(text.split(":")[:2]))
    return tags


def strings(value: Any) -> Iterator[str]:
    """All strings in a document, without keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from strings(item)


def for_headscale(text: str) -> Policy:
    """Translates a policy for Headscale 0.28.

    Headscale has no tests, node attributes or grants. Grants of ports become acls. It also has no administrators as
    owners of tags; the lab's API key may assign every tag.
    """
    policy = hujson.parse(text)
    taken = {name: value for name, value in policy.items() if name in HEADSCALE_FIELDS}
    owners = taken.get("tagOwners", {})
    taken["tagOwners"] = {
        tag: [name for name in names if not name.startswith("autogroup:")] for tag, names in owners.items()
    }
    if "grants" in policy:
        taken["acls"] = [*taken.get("acls", ()), *(rule for grant in policy["grants"] for rule in rules_of(grant))]
    return taken


def rules_of(grant: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Translates a grant into acls: one for each entry with protocol and ports."""
    for allowed in grant.get("ip", ()):
        protocol, _, ports = allowed.rpartition(":")
        rule = {"action": "accept", "src": grant["src"], "dst": [f"{target}:{ports}" for target in grant["dst"]]}
        yield rule | ({"proto": protocol} if protocol and protocol != "*" else {})


def same_policy(one: str, other: str) -> bool:
    """Whether two policy texts mean the same. White space, comments and the order of fields do not matter."""
    try:
        return hujson.parse(one) == hujson.parse(other)
    except ValueError:
        return False
