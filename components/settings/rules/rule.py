"""Types of rules. A rule is a function whose name states it. It yields findings."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from components.settings.errors import Finding
from components.settings.host import HostPart

Rule = Callable[..., Iterable[Finding]]
"""A function. Its parameters are named after parts of the settings, or `clouds`: shared settings by the cloud's name.
Other parameters must have a default."""
Hosts = dict[str, HostPart]
Findings = Iterator[Finding]
Kind = TypeVar("Kind", bound=HostPart)


def of_kind(hosts: Hosts, kind: type[Kind]) -> dict[str, Kind]:
    """The hosts of one cloud, sorted by name."""
    return {name: host for name, host in hosts.items() if isinstance(host, kind)}
