"""The cloud, for the registry."""

from collections.abc import Iterator, Mapping
from datetime import date
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from components.clouds.cloud import Cloud, Opening
from components.cost.costs import Costs
from components.credentials.provider import Credentials
from components.credentials.sources import Sources
from components.settings.errors import Finding, path
from components.settings.rules.rule import Findings, Hosts, of_kind
from tests.components.clouds.fourth.settings import Fourth, FourthHost

if TYPE_CHECKING:
    from components.hosts.args import HostsArgs
    from components.hosts.host import Host


def fourth_host_is_in_a_place(hosts: Hosts, fourth: Fourth) -> Findings:
    """The cloud has no place of its own choice."""
    for name in of_kind(hosts, FourthHost):
        if not fourth.place:
            yield Finding("fourth.place", f"is missing, and needed by {path('hosts', name)}. Add one.")


def costs(hosts: Mapping[str, FourthHost]) -> Costs:
    """Ten dollars a core, by prices that are older than all others."""
    return Costs({name: 10.0 * host.cores for name, host in hosts.items()}, date(2020, 1, 2), ("the fourth's weather",))


def missing(sources: Sources) -> str | None:
    """A token."""
    return None if sources.has("fourth", "token", "FOURTH_TOKEN") else "lacks fourth:token. Set FOURTH_TOKEN"


def gate(inputs: Mapping[str, Any]) -> Iterator[Opening]:
    """What its firewall lets in."""
    for source in inputs.get("from") or ():
        yield Opening(source, "tcp", str(inputs.get("port")))


def create(args: "HostsArgs", shared: Fourth, hosts: Mapping[str, FourthHost]) -> dict[str, "Host"]:
    """Creates servers behind one gate."""
    from tests.components.clouds.fourth.host import create_hosts

    return create_hosts(args, shared, hosts)


FOURTH = Cloud(
    name="fourth",
    host=FourthHost,
    key="fourth",
    shared=Fourth,
    create=create,
    costs=costs,
    machine="fourth:index:Server",
    rules=(fourth_host_is_in_a_place,),
    network=lambda shared: shared.network,
    metadata=(IPv4Network("192.0.2.254/32"),),
    credentials=Credentials("fourth", missing, ("token",)),
    firewalls={"fourth:index:FirewallGate": gate},
)
