"""A tailnet policy as Tailscale reads it: refused where Tailscale would refuse it, and put into Headscale's words."""

from collections.abc import Iterator
from typing import Any

from lab.providers.tailscale import hujson
from lab.providers.tailscale.rules import Policy, failed_tests

HEADSCALE_FIELDS = frozenset({"acls", "autoApprovers", "groups", "hosts", "ssh", "tagOwners"})
OTHER_FIELDS = frozenset(
    {"defaultSrcPosture", "derpMap", "disableIPv4", "extraDNSRecords", "grants", "ipsets", "nodeAttrs", "OneCGNATRoute"}
    | {"postures", "randomizeClientPort", "sshTests", "tests"}
)
"""What Tailscale takes besides."""
RULE_LISTS = ("acls", "grants", "ssh")


def problems(text: str) -> Iterator[str]:
    """Everything that Tailscale refuses a policy file for, as far as its form, tags and own tests go."""
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
    """Every string in a document, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from strings(item)


def for_headscale(text: str) -> Policy:
    """The same rules as Headscale 0.28 takes them.

    It has no tests, node attributes or grants (grants of ports become acls), and no administrators as owners of tags:
    the lab's API key may give every tag.
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
    """A grant's ports as acls, one for each protocol and ports."""
    for allowed in grant.get("ip", ()):
        protocol, _, ports = allowed.rpartition(":")
        rule = {"action": "accept", "src": grant["src"], "dst": [f"{target}:{ports}" for target in grant["dst"]]}
        yield rule | ({"proto": protocol} if protocol and protocol != "*" else {})


def same_policy(one: str, other: str) -> bool:
    """Whether two policy texts say the same: blanks, comments and the order of fields mean nothing."""
    try:
        return hujson.parse(one) == hujson.parse(other)
    except ValueError:
        return False
