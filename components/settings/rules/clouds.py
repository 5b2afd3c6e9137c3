"""Rules of the clouds: what each asks for, of everyone who has a host there."""

from components.settings.azure import Azure
from components.settings.errors import Finding
from components.settings.hosts import AzureHost, OracleHost
from components.settings.oracle import Oracle
from components.settings.rules.rule import Findings, Hosts, of_kind


def oracle_knows_where_to_create_its_hosts(hosts: Hosts, oracle: Oracle) -> Findings:
    """What Oracle asks for. An image may be looked up by its family."""
    theirs = of_kind(hosts, OracleHost)
    if not theirs:
        return
    if not oracle.compartment:
        yield Finding("oracle.compartment", "is missing. Give the OCID of a compartment.")
    without_domain = [name for name, host in theirs.items() if not host.availability_domain]
    if without_domain and not oracle.availability_domain:
        yield Finding("oracle.availability_domain", f"is missing, and {without_domain[0]} names none either. Add it.")
    for architecture in sorted({host.architecture for host in theirs.values()}):
        if not getattr(oracle.image, architecture) and not oracle.image_family:
            users = ", ".join(name for name, host in theirs.items() if host.architecture == architecture)
            yield Finding(f"oracle.image.{architecture}", f"is missing, and needed by {users}. Give an image's OCID.")


def oracle_subnet_lies_in_its_network(oracle: Oracle) -> Findings:
    """Oracle refuses others, halfway."""
    if not oracle.subnet.subnet_of(oracle.network):
        yield Finding("oracle.subnet", f"{oracle.subnet} is not within oracle.network, {oracle.network}. Change one.")


def oracle_subnet_has_room_for_its_hosts(hosts: Hosts, oracle: Oracle) -> Findings:
    """Oracle keeps the first two addresses and the last one of each subnet."""
    count, room = len(of_kind(hosts, OracleHost)), oracle.subnet.num_addresses - 3
    if count > room:
        yield Finding("oracle.subnet", f"{oracle.subnet} has room for {max(room, 0)} hosts, not {count}. Widen it.")


def azure_knows_where_to_create_its_hosts(hosts: Hosts, azure: Azure) -> Findings:
    """Its region has no default: prices and distances differ."""
    theirs = of_kind(hosts, AzureHost)
    if theirs and not azure.location:
        yield Finding("azure.location", f"is missing, and needed by {', '.join(theirs)}. Add one, like westeurope.")


def azure_subnet_lies_in_its_network(azure: Azure) -> Findings:
    """Azure refuses others, halfway."""
    if not azure.subnet.subnet_of(azure.network):
        yield Finding("azure.subnet", f"{azure.subnet} is not within azure.network, {azure.network}. Change one.")


def azure_subnet_has_room_for_its_hosts(hosts: Hosts, azure: Azure) -> Findings:
    """Azure keeps the first four addresses and the last one of each subnet, and takes none smaller than /29."""
    count, room = len(of_kind(hosts, AzureHost)), azure.subnet.num_addresses - 5
    if count > room or (count and azure.subnet.prefixlen > 29):
        yield Finding("azure.subnet", f"{azure.subnet} has room for {max(room, 0)} hosts, not {count}. Widen it.")
