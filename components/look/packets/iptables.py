"""Finds out from the output of iptables-save what the table `filter` does with a packet."""

import shlex
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network

from components.look.packets.packet import Packet

Rule = tuple[str, ...]
FLANNEL_CHAIN = "FLANNEL-FWD"
"""The chain by which flannel accepts packets from and to pods."""
VERDICTS = {"ACCEPT": True, "DROP": False, "REJECT": False}


class Filter:
    """The chains of the table. Each is a list of rules. The kernel's own chains have a policy for the end, too."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._policies: dict[str, str] = {}
        self._chains: dict[str, list[Rule]] = defaultdict(list)
        for words in _readable(lines):
            if words[0].startswith(":"):
                self._policies[words[0][1:]] = words[1]
            elif words[0] == "-A":
                self._chains[words[1]].append(tuple(words[2:]))

    def dropped_by(self, packet: Packet) -> str | None:
        """The rule that drops the packet. None: no known rule does.

        If no rule for forwarded packets decides, the packet passes: flannel appends rules that accept it.
        """
        chain = packet.hook.upper()
        decided = self._walk(chain, packet)
        if decided is None:
            drops = packet.hook != "forward" and self._policies.get(chain) == "DROP"
            return f"-P {chain} DROP" if drops else None
        accepted, rule = decided
        return None if accepted else rule

    def _walk(self, chain: str, packet: Packet) -> tuple[bool, str] | None:
        for rule in self._chains[chain]:
            target = _target(rule)
            if target is None or not _matches(rule, packet):
                continue
            if target in VERDICTS or target == FLANNEL_CHAIN:
                return VERDICTS.get(target, True), shlex.join(("-A", chain, *rule))
            if target == "RETURN":
                return None
            decided = self._walk(target, packet) if target in self._policies else None
            if decided or "-g" in rule:
                return decided
        return None


def _readable(lines: Iterable[str]) -> Iterator[list[str]]:
    """The words of each line. Leaves out lines with an unclosed quote."""
    for line in lines:
        with suppress(ValueError):
            yield shlex.split(line)


def _target(rule: Rule) -> str | None:
    return next((rule[place + 1] for place, word in enumerate(rule) if word in ("-j", "-g")), None)


def _matches(rule: Rule, packet: Packet) -> bool:
    """Whether all conditions hold. A condition that is not in CONDITIONS counts as not holding."""
    return all(
        name in CONDITIONS and CONDITIONS[name](value, packet) != negated for negated, name, value in _conditions(rule)
    )


def _conditions(rule: Rule) -> Iterator[tuple[bool, str, str]]:
    """The rule's conditions: whether it is negated, its option, and the option's value."""
    words = list(rule)
    while words:
        negated = words[0] == "!"
        name = words[1] if negated else words[0]
        words = words[2:] if negated else words[1:]
        if name in ("-j", "-g"):
            return  # the options after it belong to the target
        value = []
        while words and words[0] != "!" and not words[0].startswith("-"):
            value.append(words.pop(0))
        if name not in ("-m", "--comment"):
            yield negated, name, " ".join(value)


def _in(networks: str, address: IPv4Address) -> bool:
    with suppress(ValueError):  # a mask that is not a prefix
        return any(address in IPv4Network(one, strict=False) for one in networks.split(","))
    return False


def _is_named(pattern: str, interface: str) -> bool:
    return interface.startswith(pattern[:-1]) if pattern.endswith("+") else interface == pattern


def _has(ports: str, port: int) -> bool:
    spans = [one.split(":") for one in ports.split(",")]
    return any(int(span[0] or 0) <= port <= int(span[-1] or 65535) for span in spans)


CONDITIONS: dict[str, Callable[[str, Packet], bool]] = {
    "-i": lambda value, packet: _is_named(value, packet.interface),
    "-o": lambda value, packet: _is_named(value, packet.out),
    "-s": lambda value, packet: _in(value, packet.source),
    "-d": lambda value, packet: _in(value, packet.target),
    "-p": lambda value, packet: value in (packet.protocol, "all"),
    "--dport": lambda value, packet: _has(value, packet.port),
    "--dports": lambda value, packet: _has(value, packet.port),
    "--ctstate": lambda value, packet: "NEW" in value.split(","),
    "--state": lambda value, packet: "NEW" in value.split(","),
    "--syn": lambda value, packet: packet.protocol == "tcp",
    "--dst-type": lambda value, packet: value == ("LOCAL" if packet.hook == "input" else "UNICAST"),
}
