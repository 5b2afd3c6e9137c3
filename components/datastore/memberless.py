"""What datastores without members have in common: no host has the role `database`."""

from components.datastore.settings import DatastoreSettings
from components.settings.errors import Finding, path
from components.settings.rules.rule import Findings, Hosts


def no_host_is_a_member(hosts: Hosts, datastore: DatastoreSettings) -> Findings:
    """The role would do nothing there, and its owner would believe in a copy that does not exist."""
    for name, host in hosts.items():
        if "database" in host.roles:
            yield Finding(
                path("hosts", name, "roles"),
                f"names database, but a datastore of the kind {datastore.kind} has no members. Remove that role.",
            )
