"""Who may reach whom under a tailnet policy: its own tests, which Tailscale runs before it takes a policy.

Headscale knows no tests. What is here follows Tailscale's description of the policy file: names, tags, groups, hosts
and addresses as sources; ports and protocols; no tests of SSH, posture or applications.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

Policy = dict[str, Any]
EVERY_PORT = ((0, 65535),)
NUMBERS = {"1": "icmp", "6": "tcp", "17": "udp"}
DEFAULT_PROTOCOLS = frozenset({"tcp", "udp", "icmp"})
"""What a rule without a protocol covers."""


@dataclass(frozen=True)
class Rule:
    """One accepting rule: sources, destinations as target and port ranges, protocols ("*" is every one)."""

    sources: tuple[str, ...]
    targets: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]
    protocols: frozenset[str]


def accepting_rules(policy: Policy) -> list[Rule]:
    """All that a policy accepts, by `acls` and by `grants` of ports. Raises ValueError for what can't be read."""
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
    """One line for every expectation in the policy's `tests` that its rules break."""
    rules = accepting_rules(policy)
    for test in policy.get("tests", ()):
        source = test.get("src", test.get("user"))
        if not source or not (test.get("accept") or test.get("allow") or test.get("deny")):
            yield "a test needs src, and accept or deny"
            continue
        # A test without a protocol asks whether either of the two gets through.
        asked = protocols(test["proto"]) if test.get("proto") else frozenset({"tcp", "udp"})
        for wanted in ("accept", "allow", "deny"):
            for target in test.get(wanted, ()):
                if accepts(policy, rules, source, target, asked) == (wanted == "deny"):
                    yield f"{source} → {target}: the test wants {wanted}, the rules do not"


def accepts(policy: Policy, rules: Sequence[Rule], source: str, target: str, asked: frozenset[str]) -> bool:
    """Whether any rule lets a source reach one port of a target by one of the protocols."""
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
    """Whether an entry of a rule means this user, tag, host or address."""
    if entry in ("*", name) or name in policy.get("groups", {}).get(entry, ()):
        return True
    if entry == "autogroup:tagged":
        return name.startswith("tag:")
    if entry == "autogroup:member":
        return "@" in name
    inside, around = address_of(policy, name), network_of(policy, entry)
    return inside is not None and around is not None and inside in around


def address_of(policy: Policy, name: str) -> Any:
    """The address that a name of `hosts`, or an address itself, stands for."""
    try:
        return ip_address(policy.get("hosts", {}).get(name, name))
    except ValueError:
        return None


def network_of(policy: Policy, name: str) -> Any:
    """The network that a name of `hosts`, or an address or range itself, stands for."""
    try:
        return ip_network(policy.get("hosts", {}).get(name, name))
    except ValueError:
        return None


def split_target(target: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Name and port ranges of `tag:x:22,8000-8080`. Raises ValueError if there is no port."""
    name, colon, ports = target.rpartition(":")
    if not colon or not name:
        raise ValueError(f"{target}: a destination ends with its ports, as in tag:web:443 or host:*")
    return name, port_ranges(ports)


def port_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """First and last ports of `*`, `22`, `80,443` or `1-1024`. Raises ValueError."""
    if text == "*":
        return EVERY_PORT
    try:
        pairs = [part.split("-") for part in text.split(",")]
        return tuple((int(pair[0]), int(pair[-1])) for pair in pairs)
    except ValueError:
        raise ValueError(f"{text}: not a port, a list of ports, or a range") from None


def protocols(name: str | None) -> frozenset[str]:
    """The protocols that a rule's `proto` stands for: a name, a number, `*`, or nothing at all."""
    return frozenset({NUMBERS.get(name, name)}) if name else DEFAULT_PROTOCOLS
