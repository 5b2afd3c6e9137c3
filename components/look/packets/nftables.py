"""Finds out from the output of `nft --json list ruleset` what the tables do with a packet.

Each base chain (a chain with a hook) decides for itself. A packet that one of them drops is lost.
"""

from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from components.look.packets.packet import Packet

Chain = tuple[str, str, str]
"""Family, table and name."""
VERDICTS = {"accept": True, "drop": False, "reject": False}
HARMLESS = {"counter", "log", "comment", "mangle", "notrack", "meter"}
UNKNOWN = object()
"""The value of a field that this module does not know."""


class Ruleset:
    """All chains with their rules, in order."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        self._chains: dict[Chain, Mapping[str, Any]] = {}
        self._rules: dict[Chain, list[list[dict[str, Any]]]] = {}
        for entry in entries:
            if "chain" in entry:
                chain = entry["chain"]
                self._chains[chain["family"], chain["table"], chain["name"]] = chain
            else:
                rule = entry["rule"]
                place = rule["family"], rule["table"], rule["chain"]
                self._rules.setdefault(place, []).append(rule.get("expr") or [])

    def dropped_by(self, packet: Packet) -> Chain | None:
        """The first base chain that drops the packet, itself or by a jump. None: no known rule does."""
        for place, chain in self._chains.items():
            if chain.get("hook") == packet.hook:
                decided = self._walk(place, packet)
                if decided is False or (decided is None and chain.get("policy") == "drop"):
                    return place
        return None

    def _walk(self, place: Chain, packet: Packet) -> bool | None:
        """True: accepted, False: dropped, None: not decided."""
        for rule in self._rules.get(place, ()):
            verdict = _verdict(rule, packet)
            name = next(iter(verdict), "")
            if name in VERDICTS:
                return VERDICTS[name]
            if name == "return":
                return None
            if name in ("jump", "goto"):
                decided = self._walk((*place[:2], verdict[name]["target"]), packet)
                if decided is not None or name == "goto":
                    return decided
        return None


def _verdict(rule: Iterable[Mapping[str, Any]], packet: Packet) -> Mapping[str, Any]:
    """The rule's verdict, if all its conditions hold. Empty: there is none."""
    for statement in rule:
        (name, value), *_ = statement.items()
        if name in VERDICTS or name in ("return", "jump", "goto"):
            return statement
        if name == "vmap":
            return _chosen(value, packet)
        if name not in HARMLESS and not (name == "match" and _holds(value, packet)):
            return {}
    return {}


def _chosen(vmap: Mapping[str, Any], packet: Packet) -> Mapping[str, Any]:
    """The verdict of a verdict map. Named maps are not supported: their elements are not in the rule."""
    seen = _seen(vmap["key"], packet)
    pairs = vmap["data"]["set"] if isinstance(vmap["data"], dict) else ()
    return next((verdict for key, verdict in pairs if seen is not UNKNOWN and _is(seen, key)), {})


def _holds(match: Mapping[str, Any], packet: Packet) -> bool:
    seen, right = _seen(match["left"], packet), match["right"]
    if seen is UNKNOWN or (isinstance(right, str) and right.startswith("@")):
        return False
    return _is(seen, right) != (match["op"] == "!=")


def _is(seen: Any, right: Any) -> bool:
    """Whether a value equals another, or is in a set, a range or a prefix."""
    if isinstance(right, list):
        return any(_is(seen, one) for one in right)
    if isinstance(right, dict):
        (kind, value), *_ = right.items()
        return kind in WITHIN and WITHIN[kind](seen, value)
    if isinstance(right, str) and right.endswith("*"):
        return str(seen).startswith(right[:-1])
    return bool(seen == right)


def _is_in(seen: Any, network: str) -> bool:
    return isinstance(seen, str) and ip_address(seen) in ip_network(network)


WITHIN: dict[str, Callable[[Any, Any], bool]] = {
    "set": _is,
    "elem": lambda seen, value: _is(seen, value["val"]),
    "prefix": lambda seen, value: (
        isinstance(seen, str) and ip_address(seen) in ip_network(f"{value['addr']}/{value['len']}")
    ),
    "range": lambda seen, value: isinstance(seen, int) and value[0] <= seen <= value[1],
}


def _seen(left: Mapping[str, Any], packet: Packet) -> Any:
    """The packet's value for the left side of a condition. None: the packet has no such header."""
    (kind, asked), *_ = left.items()
    if kind == "meta":
        names = {"iifname": packet.interface, "iif": packet.interface, "oifname": packet.out, "oif": packet.out}
        return {**names, "l4proto": packet.protocol, "nfproto": "ipv4", "protocol": "ip"}.get(asked["key"], UNKNOWN)
    if kind == "ct":
        return "new" if asked["key"] == "state" else UNKNOWN
    if kind == "payload":
        addresses = {"saddr": str(packet.source), "daddr": str(packet.target), "protocol": packet.protocol}
        fields: dict[str, dict[str, Any]] = {
            "ip": addresses,
            packet.protocol: {"dport": packet.port},
            "th": {"dport": packet.port},
        }
        if asked.get("protocol") not in fields:
            return None
        return fields[asked["protocol"]].get(asked["field"], UNKNOWN)
    return UNKNOWN
