"""Allocates addresses: always the lowest free one of a range, so that all runs get the same addresses."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from itertools import islice

from lab.lab import PUBLIC_POOLS
from lab.providers.oci.cloud import CloudError, Records, of_type
from lab.providers.stand_in import Values

FIRST_PUBLIC = 10
"""The last number of the first public address."""
FIRST_6, LAST_6 = 2, 0xFFFF
"""Numbers within a /64 that the lab uses for IPv6: more than it will ever need."""


def gateway(network: IPv4Network) -> IPv4Address:
    """The virtual router's address: the first one. Oracle also reserves the network's address and the last one."""
    return network.network_address + 1


def instances_in(records: Records, subnet_id: str) -> list[Values]:
    """Instances with an address in a subnet."""
    return of_type(records, "instance", lambda instance: bool(instance["_subnet"] == subnet_id))


def free_address(records: Records, subnet_id: str, subnet: Values, wanted: str | None, what: str) -> str:
    """The wanted private address, else the lowest free one. Raises CloudError if it is taken, or none is left."""
    network = IPv4Network(subnet["cidrBlock"])
    taken = {instance["privateIp"] for instance in instances_in(records, subnet_id)}
    usable = (str(address) for address in network.hosts() if address != gateway(network))
    return first_free(usable, taken, wanted, f"{what}: subnet {subnet['displayName']} ({network})")


def free_address_6(records: Records, cidr: str, subnet: Values, wanted: str | None, what: str) -> str:
    """The wanted IPv6 address in one of a subnet's ranges, else the lowest free one. Raises CloudError."""
    network = IPv6Network(cidr)
    taken = {record["ipAddress"] for record in of_type(records, "ipv6")}
    if wanted is not None:
        wanted = str(IPv6Address(wanted))
    usable = (str(network[index]) for index in range(FIRST_6, LAST_6))
    return first_free(usable, taken, wanted, f"{what}: subnet {subnet['displayName']} ({network})")


def first_free(usable: Iterable[str], taken: set[str], wanted: str | None, where: str) -> str:
    """The wanted address, else the first free one. Raises CloudError."""
    if wanted is None:
        found = next((address for address in usable if address not in taken), None)
        if found is None:
            raise CloudError(f"{where}: 400-LimitExceeded: no address is left")
        return found
    if wanted in taken or wanted not in usable:
        raise CloudError(f"{where}: 400-InvalidParameter: {wanted} is taken, or not for instances")
    return wanted


def free_public_address(records: Records, what: str) -> str:
    """The lowest free public address. Raises CloudError when none is left."""
    taken = {instance["_ephemeral"] for instance in of_type(records, "instance")}
    taken |= {record["ipAddress"] for record in of_type(records, "publicip")}
    pool = IPv4Network(PUBLIC_POOLS["oracle"])
    for address in islice(pool.hosts(), FIRST_PUBLIC - 1, None):
        if str(address) not in taken:
            return str(address)
    raise CloudError(f"{what}: 400-LimitExceeded: no public address is left in {pool}")
