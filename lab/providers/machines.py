"""The lab's hosts as a cloud's machine room: the only part of the clouds' stand-ins that starts anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from lab import hosts
from lab.hosts import AttachedVolume, HostError, HostSpec, Rule
from lab.lab import Lab
from lab.network import NetworkError


class Filters(Protocol):
    """Whoever has the hosts' packet filters."""

    def set_firewall(self, name: str, rules: tuple[Rule, ...]) -> None:
        """Replace a host's filter, at once."""


class Machines(Filters, Protocol):
    """What a stand-in asks of a machine room. All raise RuntimeError with one line that names the host or volume."""

    def create(self, spec: HostSpec) -> None:
        """Make a host; returns when its init runs."""

    def delete(self, name: str) -> None:
        """End a host with all that it has, but for its volumes; none is no error."""

    def set_public_addresses(self, name: str, public_address: str | None, public_ipv6: str | None) -> None:
        """Give a host other public addresses, at once."""

    def start(self, name: str) -> None:
        """Start a host that is off."""

    def stop(self, name: str) -> None:
        """Shut a host down."""

    def reboot(self, name: str) -> None:
        """Restart a host that is on."""

    def states(self) -> dict[str, bool]:
        """Whether each host is on, by name."""

    def create_volume(self, volume: str, size_bytes: int) -> None:
        """Make an empty block volume; one of this size that is there stays."""

    def grow_volume(self, volume: str, size_bytes: int) -> None:
        """Make a volume larger."""

    def delete_volume(self, volume: str) -> None:
        """Take a volume away with what is on it; none is no error."""

    def attach_volume(self, name: str, volume: AttachedVolume) -> None:
        """Give a host a volume; one that it has is no error."""

    def detach_volume(self, name: str, volume: str) -> None:
        """Take a volume from a host; one that it has not is no error."""


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

    def set_public_addresses(self, name: str, public_address: str | None, public_ipv6: str | None) -> None:
        """Give a host other public addresses."""
        with one_line_errors():
            hosts.set_public_addresses(self._lab, name, public_address, public_ipv6)

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

    def create_volume(self, volume: str, size_bytes: int) -> None:
        """Make a volume."""
        with one_line_errors():
            hosts.create_volume(self._lab, volume, size_bytes)

    def grow_volume(self, volume: str, size_bytes: int) -> None:
        """Make a volume larger."""
        with one_line_errors():
            hosts.grow_volume(self._lab, volume, size_bytes)

    def delete_volume(self, volume: str) -> None:
        """Take a volume away."""
        with one_line_errors():
            hosts.delete_volume(self._lab, volume)

    def attach_volume(self, name: str, volume: AttachedVolume) -> None:
        """Give a host a volume."""
        with one_line_errors():
            hosts.attach_volume(self._lab, name, volume)

    def detach_volume(self, name: str, volume: str) -> None:
        """Take a volume from a host."""
        with one_line_errors():
            hosts.detach_volume(self._lab, name, volume)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Errors of hosts, their volumes and their network as the engine is to show them."""
    try:
        yield
    except (HostError, NetworkError) as error:
        raise RuntimeError(str(error)) from error
