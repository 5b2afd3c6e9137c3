"""The interface of a datastore. A further kind is a folder here and one line in registry.py."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pulumi

from components.datastore.endpoint import Endpoint, PodAccess
from components.datastore.settings import DatastoreSettings
from components.hosts.host import Host
from components.overlay.facts import OverlayFacts
from components.settings.downloads import Downloads
from components.settings.errors import Finding

if TYPE_CHECKING:  # they know the settings, which know the kinds
    from components.hosts.ports import Port
    from components.look.facts import Facts
    from components.look.wanted import WantedHost


class Datastore(Protocol):
    """A datastore of the stack."""

    @property
    def members(self) -> Mapping[str, Host]:
        """Hosts with a copy of the data, by name."""

    @property
    def endpoint(self) -> Endpoint:
        """How k3s servers reach it."""

    @property
    def for_pods(self) -> PodAccess | None:
        """How pods reach databases of their own. None: there are none."""

    @property
    def outputs(self) -> Mapping[str, Any]:
        """Stack outputs that only this kind has, by name. Secrets are marked as such."""

    @property
    def certificates(self) -> Mapping[str, pulumi.Output[str]]:
        """Certificates in the stack's state, in PEM, by their names in the stack output `certificates`."""


class Fill(Protocol):
    """Fills a datastore from a backup. Returns the resources that exist once that is done; none without a restore."""

    def __call__(
        self, host: Host, after: Sequence[pulumi.Resource], **known: pulumi.Input[str]
    ) -> Sequence[pulumi.Resource]:
        """On this host, after these resources. `known`: what the kind's `Restorer` finds in its settings, besides."""


def fill_nothing(host: Host, after: Sequence[pulumi.Resource], **known: pulumi.Input[str]) -> Sequence[pulumi.Resource]:
    """The `Fill` of a stack without a restore."""
    return ()


@dataclass(frozen=True)
class DatastoreArgs:
    """What each kind gets to create its datastore. Most kinds need some of it only."""

    settings: Any
    """Of this kind."""
    hosts: Mapping[str, Host]
    """All hosts. Those with the role `database` are its members, those with the role `server` its clients."""
    overlay: OverlayFacts
    """The network that connects members and servers."""
    downloads: Downloads
    """Where hosts get programs from."""
    fill: Fill = fill_nothing
    """The kind calls it once, when its first member can take the data. Its endpoint is ready after that."""


class Create(Protocol):
    """Creates the datastore."""

    def __call__(self, name: str, args: DatastoreArgs, opts: pulumi.ResourceOptions | None = None) -> Datastore: ...


@dataclass(frozen=True)
class Snapshots:
    """How backups are taken of this kind, on a host with the role `database`: see components/backup."""

    take: tuple[Path, ...]
    """Python files for the host's own Python. They become a part of components/backup/host/back_up.py."""
    taker: str
    """What `take` calls its `Taker` of back_up.py."""
    load: tuple[Path, ...]
    """The same for components/backup/host/restore.py."""
    restorer: str
    """What `load` calls its `Restorer` of restore.py."""
    values: Callable[[Any], Mapping[str, Any]]
    """From the datastore's settings, what that program needs. It is written as JSON, and is no secret."""


def _nothing(*_: Any) -> Iterator[Any]:
    return iter(())


@dataclass(frozen=True)
class DataFolder:
    """Where a member keeps its data."""

    path: str
    first_mb: int
    """Free space that it needs before it is installed."""
    left: str
    """Where the data is after the host has left the datastore, as text for the owner."""


@dataclass(frozen=True)
class DatastoreLook:
    """The datastore's part in the look at hosts (components/look)."""

    steps: tuple[str, ...] = ()
    """The steps that make a host a member, named without the host. After them, what is on the host is the program's.
    One of the names belongs to this kind alone, so the state of a stack shows which kind it has."""
    folder: DataFolder | None = None
    """None: it needs no space worth a check."""
    certificates: tuple[str, ...] = ()
    """Patterns of paths of certificates on its hosts that are renewed before they end."""
    gather: Path | None = None
    """A part of the script that runs on the host, with a function of the kind's name: it returns what was found, for
    JSON. `findings` and `comparisons` get it as `Facts.datastores[KIND]`. None: the kind looks for nothing."""
    ports: "Callable[[Any, str, Set[str]], Iterator[Port]]" = _nothing
    """What its services need on a host: its settings, the host's name and roles."""
    findings: "Callable[[WantedHost, Facts], Iterator[Finding]]" = _nothing
    """What is wrong on a host, whatever its roles."""
    comparisons: "Callable[[Mapping[str, WantedHost], Mapping[str, Facts]], Iterator[Finding]]" = _nothing
    """What does not go together on all hosts that were seen, by name."""
    only_copy: str | None = None
    """The step, named without the host, of the server that alone has the data. None: there is no such server."""
    settings: tuple[str, ...] = ()
    """Patterns of files that its services read as settings. Those that no step wrote are told."""
    packages: Callable[[Any, str, Set[str]], Iterator[str]] = _nothing
    """Names of Debian packages that its steps install on a host: its settings, the host's name and roles."""


@dataclass(frozen=True)
class Kind:
    """One kind of datastore."""

    settings: type[DatastoreSettings]
    """Model of the setting `datastore`. Its field `kind` is a Literal with the kind's name."""
    rules: tuple[Callable[..., Any], ...]
    """Rules for its settings, see components/settings/rules."""
    create: Create
    ports: tuple[int, ...] = ()
    """TCP ports of its members in the overlay. Tests in the overlay's policy check that only hosts reach them."""
    look: DatastoreLook = DatastoreLook()
    snapshots: Snapshots | None = None
    """None: this kind has no backups."""
    listeners: Callable[[Mapping[str, str]], Iterator[tuple[str, str]]] = _nothing
    """What a step has listen, and where, from the step's values by name: see policies/listeners.py. Where is an address
    or a URL, with or without a port."""
    wrong_in_step: Callable[[Mapping[str, str]], Iterator[str]] = _nothing
    """Why the datastore could stop or disagree after a step, from the step's values by name. The policy pack asks."""
    open_in_step: Callable[[Mapping[str, str]], Iterator[str]] = _nothing
    """Why somebody else could read the datastore or take part in it after a step, from the same values."""
