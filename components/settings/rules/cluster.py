"""Rules of the cluster's make-up: what must be among its hosts."""

from components.settings.datastore import Datastore
from components.settings.errors import Finding, path
from components.settings.rules.rule import Findings, Hosts


def cluster_has_a_server(hosts: Hosts) -> Findings:
    """Something must answer kubectl."""
    if not any("server" in host.roles for host in hosts.values()):
        yield Finding("hosts", "has no server. Give at least one host the role server.")


def every_host_has_something_to_do(hosts: Hosts, datastore: Datastore) -> Findings:
    """A machine without a role is paid for, or forgotten."""
    for name, host in hosts.items():
        if not host.roles and datastore.arbitrator != name:
            yield Finding(path("hosts", name, "roles"), "is empty. Name server, agent or database, or remove the host.")
