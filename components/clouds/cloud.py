"""A cloud as one object: the interface between a cloud's folder and the rest of the program."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from components.cost.costs import Costs
from components.credentials.provider import Credentials
from components.settings.host import HostPart
from components.settings.rules.rule import Rule

if TYPE_CHECKING:  # these import SDKs, which takes seconds
    from components.hosts.args import HostsArgs
    from components.hosts.host import Host
    from components.look.state import Login

HostT = TypeVar("HostT", bound=HostPart)
SharedT = TypeVar("SharedT")


@dataclass(frozen=True)
class Opening:
    """One firewall rule that lets packets in. A preview may not know all of it."""

    source: str
    """A range of addresses, or the cloud's name for one: `Internet`."""
    protocol: str
    """A name or a number: `Tcp`, `6`, `all`, `*`."""
    ports: str
    """Ports as text, for messages."""


FirewallReader = Callable[[Mapping[str, Any]], Iterator[Opening]]
"""Reads the rules of a firewall resource from its inputs. Inputs that a preview does not know are absent."""


@dataclass(frozen=True, eq=False)
class Cloud(Generic[HostT, SharedT]):
    """Settings, rules, prices, credentials and firewalls of a cloud, and its hosts. Only `create` loads the SDK."""

    name: str
    """Value of the setting `cloud` of its hosts."""
    host: type[HostT]
    """Model of a host's settings. Its field `cloud` is a Literal with `name`."""
    key: str
    """Key of the settings that its hosts share: `tailnet-k3s:KEY` in a stack's file."""
    shared: Any
    """Type of the shared settings."""
    create: Callable[["HostsArgs", SharedT, Mapping[str, HostT]], dict[str, "Host"]]
    """Creates hosts (at least one) and shared resources such as the network."""
    costs: Callable[[Mapping[str, HostT]], Costs]
    """Monthly costs of its hosts."""
    machine: str | None = None
    """Type token of the machine's resource, which has the host's name. None: the machines exist already."""
    outgrown: Callable[[Mapping[str, Any], HostT], bool] | None = None
    """Whether a machine (its outputs in the state) can't be changed into what the settings want. Then a new one
    replaces it. Only for changes that the cloud itself refuses. None: it refuses none."""
    rules: tuple[Rule, ...] = ()
    """Rules for its settings. A rule can read every part of the settings."""
    network: Callable[[SharedT], IPv4Network] | None = None
    """Range of its private network. Other ranges must not overlap it. None: the cloud has no network."""
    metadata: tuple[IPv4Network, ...] = ()
    """Addresses at which a machine reads its user data and keys. Pods may ask name servers there (port 53), no more."""
    credentials: Credentials | None = None
    """None: the cloud needs no credentials."""
    login: Callable[[str, HostT, SharedT], "Login"] | None = None
    """How to log in to a machine, by its name, before this program has been on it. None: the program creates it."""
    volumes: tuple[str, ...] = ()
    """Type tokens of what holds data, and is no part of a machine. They must have the option `protect`."""
    firewalls: Mapping[str, FirewallReader] | None = None
    """Readers by type token, for every resource type that can open a port of a host."""
