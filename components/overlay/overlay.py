"""The interface of an overlay network: a place for each host, and two ways to join."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pulumi

from components.hosts.host import Host
from components.overlay.facts import OverlayFacts


@dataclass(frozen=True)
class FirstBoot:
    """How a new machine joins by itself at its first boot."""

    scripts: tuple[Path, ...]
    """Run as one script, as root, after prelude.sh."""
    values: Mapping[str, pulumi.Input[str]]
    """Variables of the scripts, by name."""
    files: Mapping[str, pulumi.Output[str]]
    """Texts of files that the scripts read, by path. They are secrets. Only root can read the files."""
    after: tuple[pulumi.Resource, ...]
    """The machine must be created after these, and deleted before them."""


@dataclass(frozen=True)
class Enrolment:
    """How a step makes an existing machine join, and leave again. The caller adds the value STATE_FOLDER."""

    scripts: tuple[Path, ...]
    values: Mapping[str, pulumi.Input[str]]
    secrets: Mapping[str, pulumi.Input[str]]
    leave: tuple[Path, ...]
    """Scripts that undo `scripts`."""
    leave_values: Mapping[str, pulumi.Input[str]]
    """Its variables, by name."""
    after: tuple[pulumi.Resource, ...]
    """The step must be created after these, and deleted before them."""


class Place(Protocol):
    """One host's place in the overlay. It exists before the machine, and is deleted after it."""

    @property
    def first_boot(self) -> FirstBoot:
        """For machines that a cloud creates."""

    @property
    def enrolment(self) -> Enrolment:
        """For machines that exist already."""

    @property
    def device(self) -> pulumi.Output[str]:
        """The host's name in the overlay: another one for each generation."""

    @property
    def root(self) -> pulumi.Resource:
        """What all of the place depends on: `pulumi up --replace` of it makes a new place, and so a new machine."""

    def address(self, after: Sequence[pulumi.Resource]) -> pulumi.Output[str]:
        """The host's IPv4 address in the overlay. Waits until it has joined. `after`: the resources that make it
        join."""


class Overlay(Protocol):
    """The private network that connects all hosts, and its access policy."""

    @property
    def facts(self) -> OverlayFacts:
        """Its names and numbers."""

    def place(
        self,
        host: str,
        architecture: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        generation: int = 0,
    ) -> Place:
        """Reserves a place for a host of that name. The machine must be created after it.

        Another `generation` is another place: for another machine, or for one that has to join once more.
        """

    def update(self, host: Host, parent: pulumi.Resource) -> Host:
        """The host with the pinned version of the overlay's program, when its further steps run.

        Hosts that run already get it one after another, in the order of these calls.
        """
