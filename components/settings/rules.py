"""Rules that concern more than one part of the settings. A function's name is the rule; it yields what breaks it.

A rule asks for the parts that it needs by the names of its parameters.
"""

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from itertools import combinations

from components.settings.datastore import Datastore
from components.settings.errors import Finding, path
from components.settings.hosts import OracleHost
from components.settings.k3s import K3s
from components.settings.oracle import Oracle
from components.settings.tailnet import CARRIER_GRADE_NAT

Hosts = dict[str, OracleHost]
Findings = Iterator[Finding]


def cluster_has_a_server(hosts: Hosts) -> Findings:
    """Something must answer kubectl."""
    if not any("server" in host.roles for host in hosts.values()):
        yield Finding("hosts", "has no server. Give at least one host the role server.")


def every_host_has_something_to_do(hosts: Hosts, datastore: Datastore) -> Findings:
    """A machine without a role is paid for, or forgotten."""
    for name, host in hosts.items():
        if not host.roles and datastore.arbitrator != name:
            yield Finding(path("hosts", name, "roles"), "is empty. Name server, agent or database, or remove the host.")


def datastore_is_there_yet(datastore: Datastore) -> Findings:
    """Etcd is a later step of this project."""
    if datastore.kind == "etcd":
        yield Finding("datastore.kind", "etcd can't be set up yet. Use galera.")


def galera_outvotes_a_lost_member(hosts: Hosts, datastore: Datastore) -> Findings:
    """What is left after a loss must be more than half of all votes, so there are three or more, and an odd number."""
    if datastore.kind != "galera":
        return
    members = sum("database" in host.roles for host in hosts.values())
    votes = members + bool(datastore.arbitrator)
    if members < 2:
        had = "no host has" if not members else "one host has"
        yield Finding("hosts", f"{had} the role database; Galera needs three, or two and an arbitrator. Add the role.")
    elif votes < 3:
        yield Finding(
            "datastore.arbitrator", "2 members can't outvote each other. Add a third database, or name an arbitrator."
        )
    elif votes % 2 == 0:
        change = "Remove the arbitrator" if datastore.arbitrator else "Name an arbitrator host"
        yield Finding(
            "datastore.arbitrator", f"{votes} votes can split evenly. {change}, or change the number of databases."
        )


def arbitrator_is_a_host_without_a_copy(hosts: Hosts, datastore: Datastore) -> Findings:
    """A member votes already."""
    name = datastore.arbitrator
    if name is None:
        return
    if name not in hosts:
        yield Finding("datastore.arbitrator", f"{name} is not one of the hosts. Name one of: {', '.join(hosts)}.")
    elif "database" in hosts[name].roles:
        yield Finding("datastore.arbitrator", f"{name} is a database, and so votes already. Name another host.")


def oracle_knows_where_to_create_its_hosts(hosts: Hosts, oracle: Oracle) -> Findings:
    """What Oracle asks for, of everyone who has a host there."""
    if not hosts:
        return
    if not oracle.compartment:
        yield Finding("oracle.compartment", "is missing. Give the OCID of a compartment.")
    without_domain = [name for name, host in hosts.items() if not host.availability_domain]
    if without_domain and not oracle.availability_domain:
        yield Finding("oracle.availability_domain", f"is missing, and {without_domain[0]} names none either. Add it.")
    for architecture in sorted({host.architecture for host in hosts.values()}):
        if not getattr(oracle.image, architecture):
            users = ", ".join(name for name, host in hosts.items() if host.architecture == architecture)
            yield Finding(f"oracle.image.{architecture}", f"is missing, and needed by {users}. Give an image's OCID.")


def oracle_subnet_lies_in_its_network(oracle: Oracle) -> Findings:
    """Oracle refuses others, halfway."""
    if not oracle.subnet.subnet_of(oracle.network):
        yield Finding("oracle.subnet", f"{oracle.subnet} is not within oracle.network, {oracle.network}. Change one.")


def oracle_subnet_has_room_for_its_hosts(hosts: Hosts, oracle: Oracle) -> Findings:
    """Oracle keeps the first two addresses and the last one of each subnet."""
    room = oracle.subnet.num_addresses - 3
    if len(hosts) > room:
        yield Finding(
            "oracle.subnet", f"{oracle.subnet} has room for {max(room, 0)} hosts, not {len(hosts)}. Widen it."
        )


def address_ranges_are_apart(oracle: Oracle, k3s: K3s) -> Findings:
    """An address must mean one thing on every host. The tailnet's whole range counts, even if little is in use."""
    ranges: dict[str, IPv4Network] = {
        "the tailnet's": CARRIER_GRADE_NAT,
        "oracle.network": oracle.network,
        "k3s.cluster_cidr": k3s.cluster_cidr,
        "k3s.service_cidr": k3s.service_cidr,
    }
    for (first, one), (second, other) in combinations(ranges.items(), 2):
        if one.overlaps(other):
            yield Finding(second, f"{other} overlaps {first} range, {one}. Choose another.")


def pod_range_has_a_block_for_each_node(hosts: Hosts, k3s: K3s) -> Findings:
    """Each node gets a /24 of its own."""
    nodes = sum(bool({"server", "agent"} & set(host.roles)) for host in hosts.values())
    blocks = 2 ** max(24 - k3s.cluster_cidr.prefixlen, 0) if k3s.cluster_cidr.prefixlen <= 24 else 0
    if nodes > blocks:
        yield Finding(
            "k3s.cluster_cidr", f"{k3s.cluster_cidr} has a /24 for {blocks} nodes, and there are {nodes}. Widen it."
        )


def service_range_is_of_a_size_that_kubernetes_takes(k3s: K3s) -> Findings:
    """The API server keeps a bitmap of the range: at most 2^20 addresses; and its tenth is the cluster's DNS."""
    if not 12 <= k3s.service_cidr.prefixlen <= 27:
        yield Finding(
            "k3s.service_cidr",
            f"{k3s.service_cidr} is not of a size that Kubernetes takes. Use /16, or from /12 to /27.",
        )


def no_node_uses_or_offers_an_exit_node(k3s: K3s) -> Findings:
    """Pods' packets to other nodes would leave by it. The policy pack says the same of everything else."""
    for name, value in k3s.server_options.items():
        if re.search(r"exit-node|(0\.0\.0\.0|::)/0", f"{name} {value}"):
            yield Finding(
                path("k3s", "server_options", name),
                "has to do with an exit node, which sends pods' packets away. Remove it.",
            )


RULES: tuple[Callable[..., Findings], ...] = (
    cluster_has_a_server,
    every_host_has_something_to_do,
    datastore_is_there_yet,
    galera_outvotes_a_lost_member,
    arbitrator_is_a_host_without_a_copy,
    oracle_knows_where_to_create_its_hosts,
    oracle_subnet_lies_in_its_network,
    oracle_subnet_has_room_for_its_hosts,
    address_ranges_are_apart,
    pod_range_has_a_block_for_each_node,
    service_range_is_of_a_size_that_kubernetes_takes,
    no_node_uses_or_offers_an_exit_node,
)
