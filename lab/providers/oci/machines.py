"""The lab's hosts as Oracle's machine room: the only part of the stand-in that starts anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from lab import hosts
from lab.hosts import HostError, HostSpec, Rule
from lab.lab import Lab
from lab.network import NetworkError


class Machines(Protocol):
    """What the stand-in asks of a machine room. All raise RuntimeError with one line that names the host."""

    def create(self, spec: HostSpec) -> None:
        """Make a host; returns when its init runs."""

    def delete(self, name: str) -> None:
        """End a host with all that it has; none is no error."""

    def set_firewall(self, name: str, rules: tuple[Rule, ...]) -> None:
        """Replace a host's filter, at once."""

    def start(self, name: str) -> None:
        """Start a host that is off."""

    def stop(self, name: str) -> None:
        """Shut a host down."""

    def reboot(self, name: str) -> None:
        """Restart a host that is on."""

    def states(self) -> dict[str, bool]:
        """Whether each host is on, by name."""


class LabMachines:
    """The hosts of one lab."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def create(self, spec: HostSpec) -> None:
        """Make a host."""
        with one_line_errors():
            hosts.create_host(self._lab, spec)

    def delete(self, name: str) -> None:
        """End a host."""
        with one_line_errors():
            hosts.delete_host(self._lab, name)

    def set_firewall(self, name: str, rules: tuple[Rule, ...]) -> None:
        """Replace a host's filter."""
        with one_line_errors():
            hosts.set_firewall(self._lab, name, rules)

    def start(self, name: str) -> None:
        """Start a host."""
        with one_line_errors():
            hosts.start_host(self._lab, name)

    def stop(self, name: str) -> None:
        """Shut a host down."""
        with one_line_errors():
            hosts.stop_host(self._lab, name)

    def reboot(self, name: str) -> None:
        """Restart a host."""
        with one_line_errors():
            hosts.reboot(self._lab, name)

    def states(self) -> dict[str, bool]:
        """Whether each host is on."""
        return {host.name: host.running for host in hosts.list_hosts(self._lab)}


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Errors of hosts and their network as the engine is to show them."""
    try:
        yield
    except (HostError, NetworkError) as error:
        raise RuntimeError(str(error)) from error
