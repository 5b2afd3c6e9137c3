"""Rules for the settings of Oracle's cloud. One of them prevents costs that nobody has allowed."""

from components.clouds.oracle.always_free import excesses
from components.clouds.oracle.host_settings import OracleHost
from components.clouds.oracle.settings import Oracle
from components.settings.errors import Finding, path
from components.settings.rules.rule import Findings, Hosts, Rule, of_kind


def oracle_knows_where_to_create_its_hosts(hosts: Hosts, oracle: Oracle) -> Findings:
    """Oracle requires a compartment, a domain and an image. The program can look up an image by its family."""
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
    """Oracle would refuse another range in the middle of an update."""
    if not oracle.subnet.subnet_of(oracle.network):
        yield Finding("oracle.subnet", f"{oracle.subnet} is not within oracle.network, {oracle.network}. Change one.")


def oracle_subnet_has_room_for_its_hosts(hosts: Hosts, oracle: Oracle) -> Findings:
    """Oracle reserves the first two addresses and the last one of each subnet."""
    count, room = len(of_kind(hosts, OracleHost)), oracle.subnet.num_addresses - 3
    if count > room:
        yield Finding("oracle.subnet", f"{oracle.subnet} has room for {max(room, 0)} hosts, not {count}. Widen it.")


def oracle_hosts_are_free_or_may_cost(hosts: Hosts, oracle: Oracle) -> Findings:
    """Oracle bills hosts beyond Always Free, or stops them."""
    if not oracle.allow_paid:
        for excess in excesses(of_kind(hosts, OracleHost)):
            yield Finding(path("hosts", excess.host, excess.setting), excess.problem)


RULES: tuple[Rule, ...] = (
    oracle_knows_where_to_create_its_hosts,
    oracle_subnet_lies_in_its_network,
    oracle_subnet_has_room_for_its_hosts,
    oracle_hosts_are_free_or_may_cost,
)
