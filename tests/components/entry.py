"""A cluster and its way in, for tests of what is made within them. To be called within a run."""

from dataclasses import replace
from typing import Any

import pulumi

from components.cluster.beginning import Beginning
from components.cluster.k3s import K3s, K3sArgs
from components.datastore.endpoint import Endpoint
from components.edge.ranges import visitor_ranges
from components.hosts.host import Host, PublicAddresses
from components.ingress.entry import EntryArgs, create_entry
from components.ingress.route import Entry
from components.overlay.registry import OVERLAY
from components.settings.downloads import Downloads
from components.settings.edge import Edge
from components.settings.ingress import Ingress
from components.settings.k3s import K3s as K3sSettings
from tests.stack import host

DOMAIN = "example.org"
ZONE = "f" * 32


def ingress_host(name: str, number: int, ipv6: bool = True) -> Host:
    """A server with the role, at 198.51.100.NUMBER and 2001:db8::NUMBER."""
    addresses = PublicAddresses(
        pulumi.Output.from_input(f"198.51.100.{number}"),
        pulumi.Output.from_input(f"2001:db8::{number}") if ipv6 else None,
    )
    return replace(host(name, number, "server", "ingress"), public=addresses)


def cluster(*hosts: Host, settings: K3sSettings | None = None) -> K3s:
    """A cluster of servers."""
    datastore = pulumi.CustomResource("test:index:Datastore", "datastore")
    endpoint = Endpoint(pulumi.Output.secret("mysql://k3s@tcp(127.0.0.1:3306)/k3s"), (datastore,))
    settings, servers = settings or K3sSettings(), {one.name: one for one in hosts}
    return K3s("k3s", K3sArgs(settings, Beginning("k3s", settings, servers), endpoint, OVERLAY, servers))


def way_in(
    *hosts: Host,
    edge: dict[str, Any] | None = None,
    ingress: dict[str, Any] | None = None,
    k3s: K3sSettings | None = None,
) -> Entry:
    """The door of a cluster of these hosts (oracle-1 and oracle-2, unless some are given), with these settings."""
    given = hosts or (ingress_host("oracle-1", 1), ingress_host("oracle-2", 2, ipv6=False))
    wanted = Edge.model_validate({"domain": DOMAIN, **(edge or {})})
    args = EntryArgs(
        edge=wanted,
        ingress=Ingress.model_validate(ingress or {}),
        k3s=k3s or K3sSettings(),
        cluster=cluster(*given, settings=k3s),
        hosts={one.name: one for one in given},
        visitors=visitor_ranges(wanted),
        downloads=Downloads(mirror="http://mirror.example"),
    )
    door = create_entry("door", args)
    assert door
    return door
