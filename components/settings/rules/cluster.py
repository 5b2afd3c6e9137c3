"""Rules for the hosts of the cluster."""

from components.datastore.settings import DatastoreSettings
from components.settings.errors import Finding, path
from components.settings.rules.rule import Findings, Hosts


def cluster_has_a_server(hosts: Hosts) -> Findings:
    """The cluster needs an API server."""
    if not any("server" in host.roles for host in hosts.values()):
        yield Finding("hosts", "has no server. Give at least one host the role server.")


def every_host_has_something_to_do(hosts: Hosts, datastore: DatastoreSettings) -> Findings:
    """A host without a role costs money for nothing, or is a mistake."""
    for name, host in hosts.items():
        if not host.roles and name not in datastore.further_hosts:
            yield Finding(path("hosts", name, "roles"), "is empty. Name server, agent or database, or remove the host.")
