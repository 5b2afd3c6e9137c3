"""What the settings want of a host, as far as the rules in findings/ need it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.clouds import registry
from components.datastore.settings import DatastoreSettings
from components.look.args import LookArgs
from components.look.facts import Facts
from components.settings.errors import path
from components.settings.k3s import K3s


@dataclass(frozen=True)
class WantedHost:
    """One host of the settings, and which steps have run on it."""

    name: str
    roles: frozenset[str]
    cloud: str
    """The cloud's name in the registry."""
    architecture: str
    k3s: K3s
    overlay: Any
    """Settings of the overlay."""
    datastore: DatastoreSettings
    backup_hours: int | None = None
    """Hours between two backups of the datastore. None: there are none."""
    restores: bool = False
    """Whether the datastore is filled from a backup."""
    stack: str = ""
    """This stack's name, as hosts have it."""
    taints: tuple[str, ...] = ()
    """Of its node."""
    is_made: bool = False
    """Whether the program creates the machine. If not, the machine existed before."""
    done: frozenset[str] = frozenset()
    """Names of this host's steps in the stack's state: `k3s-node-oracle-1`, …"""

    @property
    def key(self) -> str:
        """The key of its entry in the settings."""
        return path("hosts", self.name)

    @property
    def is_node(self) -> bool:
        """Whether it is in the Kubernetes cluster."""
        return bool({"server", "agent"} & self.roles)

    def is_of_another_stack(self, facts: Facts) -> bool:
        """Whether the machine belongs to another stack. Marks of older versions name none: they are this stack's."""
        return facts.stack not in (None, self.stack)

    def did(self, facts: Facts, *steps: str) -> bool:
        """Whether one of these steps has started on this host, by the stack's state or by a mark on the host.

        The names of steps come without the host: `k3s-binary`, `enrol`. Marks of another stack do not count.
        """
        names = {name for step in steps for name in (f"{step}-{self.name}", f"{self.name}-{step}")}
        marks = {} if self.is_of_another_stack(facts) else facts.marks or {}
        return bool(names & (self.done | marks.keys()))


def wanted_hosts(args: LookArgs, done: Mapping[str, frozenset[str]], stack: str = "") -> dict[str, WantedHost]:
    """All hosts of the settings. `done`: the names of the steps in the stack's state, by host. `stack`: its name."""
    clouds = {cloud.name: cloud for cloud in registry.CLOUDS}
    return {
        name: WantedHost(
            name=name,
            roles=frozenset(host.roles),
            cloud=host.cloud,
            architecture=host.architecture,
            k3s=args.k3s,
            overlay=args.overlay,
            datastore=args.datastore,
            stack=stack,
            backup_hours=args.backup.every_hours if args.backup else None,
            restores=args.restores,
            taints=host.taints,
            is_made=clouds[host.cloud].machine is not None,
            done=done.get(name, frozenset()),
        )
        for name, host in args.hosts.items()
    }
