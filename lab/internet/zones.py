"""Finds the name server's answers for the zones of the lab's Cloudflare account, from its current records."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.lab import EDGE_ADDRESS, EDGE_ADDRESS_6
from lab.providers.cloudflare.account import RESOURCES, ZONES

AUTOMATIC_TTL = 300
"""The TTL in seconds that Cloudflare chooses for TTL `automatic`, and for all proxied names."""


@dataclass(frozen=True)
class Answer:
    """One record of an answer: its type ("A"), its content and its TTL in seconds."""

    type: str
    content: str
    ttl: int


@dataclass(frozen=True)
class Zone:
    """A domain, and answers by full name. Only names with records are in `names`."""

    domain: str
    names: Mapping[str, tuple[Answer, ...]]

    def answers(self, name: str) -> tuple[Answer, ...] | None:
        """All answers for a name, else those of the wildcard at the same level. None if the name does not exist."""
        found = self.names.get(name)
        return self.names.get(f"*.{name.partition('.')[2]}") if found is None else found


class AccountZones:
    """The zones in the files of an account's folder. Reads the files again when they have changed."""

    def __init__(self, folder: Path) -> None:
        self._files = (folder / ZONES, folder / RESOURCES)
        self._stamp: tuple[object, ...] = ()
        self._zones: tuple[Zone, ...] = ()

    def zone(self, name: str) -> Zone | None:
        """The zone that contains a name. If there are several, the most specific one."""
        self._look()
        fitting = (zone for zone in self._zones if name == zone.domain or name.endswith(f".{zone.domain}"))
        return max(fitting, key=lambda zone: len(zone.domain), default=None)

    def _look(self) -> None:
        stamp = tuple(_stamp(file) for file in self._files)
        if stamp != self._stamp:
            zones, resources = map(_read, self._files)
            self._zones = tuple(Zone(domain, names_of(zone_id, resources)) for domain, zone_id in zones.items())
            self._stamp = stamp


def names_of(zone_id: str, resources: Mapping[str, Any]) -> dict[str, tuple[Answer, ...]]:
    """Answers by name for a zone's records. A proxied name has only the edge's addresses: IPv4 and IPv6."""
    records: dict[str, list[Mapping[str, Any]]] = {}
    for record in resources.values():
        if record["_type"] == "dns_record" and record["zoneId"] == zone_id:
            records.setdefault(record["_name"], []).append(record)
    return {name: answers_of(found) for name, found in records.items()}


def answers_of(records: list[Mapping[str, Any]]) -> tuple[Answer, ...]:
    """Answers for one name."""
    plain = [Answer(each["type"], each["content"], seconds(each["ttl"])) for each in records if not each["proxied"]]
    if len(plain) == len(records):
        return tuple(plain)
    edge = (Answer("A", EDGE_ADDRESS, AUTOMATIC_TTL), Answer("AAAA", EDGE_ADDRESS_6, AUTOMATIC_TTL))
    return (*edge, *(answer for answer in plain if answer.type not in ("A", "AAAA")))


def seconds(ttl: float) -> int:
    """A record's TTL in seconds. 1 means automatic."""
    return AUTOMATIC_TTL if ttl == 1 else int(ttl)


def _stamp(file: Path) -> tuple[int, ...]:
    """A value that changes when the file is replaced."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return ()
    return (found.st_mtime_ns, found.st_ino, found.st_size)


def _read(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text()))
    except FileNotFoundError:
        return {}
