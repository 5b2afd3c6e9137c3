"""Runs the tests in a tailnet policy: they say who may reach whom. Tailscale runs them before it accepts a policy.

Headscale has no such tests. This module follows Tailscale's documentation of the policy file. It supports users, tags,
groups, hosts and addresses as sources, and ports and protocols. It has no tests of SSH, posture or applications.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

Policy = dict[str, Any]
EVERY_PORT = ((0, 65535),)
NUMBERS = {"1": "icmp", "6": "tcp", "17": "udp"}
DEFAULT_PROTOCOLS = frozenset({"tcp", "udp", "icmp"})
"""The protocols of a rule without a protocol."""


@dataclass(frozen=True)
class Rule:
    """A rule that accepts: sources, destinations (target and port ranges) and protocols ("*" means all)."""

    sources: tuple[str, ...]
    targets: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]
    protocols: frozenset[str]


def accepting_rules(policy: Policy) -> list[Rule]:
    """All accepting rules in a policy: its `acls`, and its `grants` of ports. Raises ValueError if one is invalid."""
    rules = []
    for entry in policy.get("acls", ()):
        targets = tuple(split_target(target) for target in entry.get("dst", entry.get("ports", ())))
        rules.append(Rule(tuple(entry.get("src", entry.get("users", ()))), targets, protocols(entry.get("proto"))))
    for entry in policy.get("grants", ()):
        for allowed in entry.get("ip", ()):
            protocol, _, ports = allowed.rpartition(":")
            ranges = port_ranges(ports)
            targets = tuple((target, ranges) for target in entry["dst"])
            rules.append(Rule(tuple(entry["src"]), targets, protocols(protocol)))
    return rules


def failed_tests(policy: Policy) -> Iterator[str]:
    """One line for each test in the policy that its rules fail."""
    rules = accepting_rules(policy)
    for test in policy.get("tests", ()):
        source = test.get("src", test.get("user"))
        if not source or not (test.get("accept") or test.get("allow") or test.get("deny")):
            yield "a test needs src, and accept or deny"
            continue
        # A test without a protocol asks whether TCP or UDP gets through.
        asked = protocols(test["proto"]) if test.get("proto") else frozenset({"tcp", "udp"})
        for wanted in ("accept", "allow", "deny"):
            for target in test.get(wanted, ()):
                if accepts(policy, rules, source, target, asked) == (wanted == "deny"):
                    yield f"{source} → {target}: the test wants {wanted}, the rules do not"


def accepts(policy: Policy, rules: Sequence[Rule], source: str, target: str, asked: frozenset[str]) -> bool:
    """Whether a rule lets a source reach a port of a target with one of the protocols."""
    name, ranges = split_target(target)
    port = ranges[0][0]
    return any(
        ("*" in rule.protocols or rule.protocols & asked)
        and any(covers(policy, entry, source) for entry in rule.sources)
        and any(
            covers(policy, entry, name) and any(first <= port <= last for first, last in open_ports)
            for entry, open_ports in rule.targets
        )
        for rule in rules
    )


def covers(policy: Policy, entry: str, name: str) -> bool:
    """Whether an entry of a rule includes this user, tag, host or address."""
    if entry in ("*", name) or name in policy.get("groups", {}).get(entry, ()):
        return True
    if entry == "autogroup:tagged":
        return name.startswith("tag:")
    if entry == "autogroup:member":
        return "@" in name
    inside, around = address_of(policy, name), network_of(policy, entry)
    return inside is not None and around is not None and inside in around


def address_of(policy: Policy, name: str) -> Any:
    """The address of a name in `hosts`, or of an address itself."""
    try:
        return ip_address(policy.get("hosts", {}).get(name, name))
    except ValueError:
        return None


def network_of(policy: Policy, name: str) -> Any:
    """The network of a name in `hosts`, or of an address or range itself."""
    try:
        return ip_network(policy.get("hosts", {}).get(name, name))
    except ValueError:
        return None


def split_target(target: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The name and the port ranges in `tag:x:22,8000-8080`. Raises ValueError if there is no port."""
    name, colon, ports = target.rpartition(":")
    if not colon or not name:
        raise ValueError(f"{target}: a destination ends with its ports, as in tag:web:443 or host:*")
    return name, port_ranges(ports)


def port_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """The port ranges in `*`, `22`, `80,443` or `1-1024`. Raises ValueError."""
    if text == "*":
        return EVERY_PORT
    try:
        pairs = [part.split("-") for part in text.split(",")]
        return tuple((int(pair[0]), int(pair[-1])) for pair in pairs)
    except ValueError:
        raise ValueError(f"{text}: not a port, a list of ports, or a range") from None


def protocols(name: str | None) -> frozenset[str]:
    """The protocols in a rule's `proto`, which is a name, a number, `*` or empty."""
    return frozenset({NUMBERS.get(name, name)}) if name else DEFAULT_PROTOCOLS
