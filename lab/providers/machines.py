"""The lab's hosts as a cloud's data centre. Only this part of the clouds' stand-ins starts and stops hosts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from lab import hosts
from lab.hosts import AttachedVolume, HostError, HostSpec, Rule
from lab.lab import Lab
from lab.network import NetworkError


class Filters(Protocol):
    """Sets the packet filters of hosts."""

    def set_firewall(self, name: str, rules: tuple[Rule, ...]) -> None:
        """Replace a host's filter, at once."""


class Machines(Filters, Protocol):
    """What the clouds' stand-ins need from a data centre. Raises RuntimeError, which names the host or volume."""

    def create(self, spec: HostSpec) -> None:
        """Create a host. Returns when its init runs."""

    def delete(self, name: str) -> None:
        """Delete a host with all its data but its volumes. It is no error if there is no such host."""

    def set_public_addresses(self, name: str, public_address: str | None, public_ipv6: str | None) -> None:
        """Change a host's public addresses. The change is effective at once."""

    def start(self, name: str) -> None:
        """Start a host that is off."""

    def stop(self, name: str) -> None:
        """Shut a host down."""

    def reboot(self, name: str) -> None:
        """Restart a host that is on."""

    def states(self) -> dict[str, bool]:
        """Whether each host is on, by name."""

    def has_file(self, name: str, path: str) -> bool:
        """Whether a host that is on has a file."""

    def create_volume(self, volume: str, size_bytes: int) -> None:
        """Create an empty block volume. Keeps an existing one of this size."""

    def grow_volume(self, volume: str, size_bytes: int) -> None:
        """Make a volume larger."""

    def delete_volume(self, volume: str) -> None:
        """Delete a volume with its data. It is no error if there is no such volume."""

    def attach_volume(self, name: str, volume: AttachedVolume) -> None:
        """Attach a volume to a host. It is no error if it is attached already."""

    def detach_volume(self, name: str, volume: str) -> None:
        """Detach a volume from a host. It is no error if it is not attached."""


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
        """Change a host's public addresses."""
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

    def has_file(self, name: str, path: str) -> bool:
        """Whether a host has a file. False while the host is still starting."""
        try:
            hosts.run_in_host(self._lab, name, ["test", "-e", path])
        except HostError:
            return False
        return True

    def create_volume(self, volume: str, size_bytes: int) -> None:
        """Make a volume."""
        with one_line_errors():
            hosts.create_volume(self._lab, volume, size_bytes)

    def grow_volume(self, volume: str, size_bytes: int) -> None:
        """Make a volume larger."""
        with one_line_errors():
            hosts.grow_volume(self._lab, volume, size_bytes)

    def delete_volume(self, volume: str) -> None:
        """Delete a volume."""
        with one_line_errors():
            hosts.delete_volume(self._lab, volume)

    def attach_volume(self, name: str, volume: AttachedVolume) -> None:
        """Attach a volume to a host."""
        with one_line_errors():
            hosts.attach_volume(self._lab, name, volume)

    def detach_volume(self, name: str, volume: str) -> None:
        """Detach a volume from a host."""
        with one_line_errors():
            hosts.detach_volume(self._lab, name, volume)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turns errors of hosts, volumes and the network into RuntimeErrors of one line, for the engine to show."""
    try:
        yield
    except (HostError, NetworkError) as error:
        raise RuntimeError(str(error)) from error
