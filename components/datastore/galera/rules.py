"""Rules of Galera: which hosts have a vote."""

from components.datastore.galera.settings import GaleraSettings
from components.settings.errors import Finding
from components.settings.rules.rule import Findings, Hosts


def galera_outvotes_a_lost_member(hosts: Hosts, datastore: GaleraSettings) -> Findings:
    """What is left after a loss must be more than half of all votes, so there are three or more, and an odd number."""
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


def arbitrator_is_a_host_without_a_copy(hosts: Hosts, datastore: GaleraSettings) -> Findings:
    """A member votes already."""
    name = datastore.arbitrator
    if name is None:
        return
    if name not in hosts:
        yield Finding("datastore.arbitrator", f"{name} is not one of the hosts. Name one of: {', '.join(hosts)}.")
    elif "database" in hosts[name].roles:
        yield Finding("datastore.arbitrator", f"{name} is a database, and so votes already. Name another host.")
