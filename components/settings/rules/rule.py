"""What rules are made of. A rule is a function whose name says it; it yields what breaks it."""

from collections.abc import Iterator
from typing import TypeVar

from components.settings.errors import Finding
from components.settings.hosts import Host

Hosts = dict[str, Host]
Findings = Iterator[Finding]
Kind = TypeVar("Kind", bound=Host)


def of_kind(hosts: Hosts, kind: type[Kind]) -> dict[str, Kind]:
    """The hosts of one cloud, in the order of their names."""
    return {name: host for name, host in hosts.items() if isinstance(host, kind)}
