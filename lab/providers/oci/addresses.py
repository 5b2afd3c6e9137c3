"""Which address of a range is the next to be given out: always the lowest free one, so that runs look the same."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from itertools import islice

from lab.lab import PUBLIC_POOLS
from lab.providers.oci.cloud import CloudError, Records, of_type
from lab.providers.stand_in import Values

FIRST_PUBLIC = 10
"""The last part of the first public address that is given out."""
FIRST_6, LAST_6 = 2, 0xFFFF
"""The same for IPv6: of a /64, more than the lab will ever want."""


def gateway(network: IPv4Network) -> IPv4Address:
    """The virtual router's address: the first one. Oracle keeps it, the network's own and the last one for itself."""
    return network.network_address + 1


def instances_in(records: Records, subnet_id: str) -> list[Values]:
    """Instances with an address in a subnet."""
    return of_type(records, "instance", lambda instance: bool(instance["_subnet"] == subnet_id))


def free_address(records: Records, subnet_id: str, subnet: Values, wanted: str | None, what: str) -> str:
    """The private address wanted, or the lowest free one. Raises CloudError if it is taken, or none is left."""
    network = IPv4Network(subnet["cidrBlock"])
    taken = {instance["privateIp"] for instance in instances_in(records, subnet_id)}
    usable = (str(address) for address in network.hosts() if address != gateway(network))
    return first_free(usable, taken, wanted, f"{what}: subnet {subnet['displayName']} ({network})")


def free_address_6(records: Records, cidr: str, subnet: Values, wanted: str | None, what: str) -> str:
    """The IPv6 address wanted, or the lowest free one, of one of a subnet's ranges. Raises CloudError."""
    network = IPv6Network(cidr)
    taken = {record["ipAddress"] for record in of_type(records, "ipv6")}
    if wanted is not None:
        wanted = str(IPv6Address(wanted))
    usable = (str(network[index]) for index in range(FIRST_6, LAST_6))
    return first_free(usable, taken, wanted, f"{what}: subnet {subnet['displayName']} ({network})")


def first_free(usable: Iterable[str], taken: set[str], wanted: str | None, where: str) -> str:
    """The address wanted, or the first that nobody has. Raises CloudError."""
    if wanted is None:
        found = next((address for address in usable if address not in taken), None)
        if found is None:
            raise CloudError(f"{where}: 400-LimitExceeded: no address is left")
        return found
    if wanted in taken or wanted not in usable:
        raise CloudError(f"{where}: 400-InvalidParameter: {wanted} is taken, or not for instances")
    return wanted


def free_public_address(records: Records, what: str) -> str:
    """The lowest public address that nobody has. Raises CloudError when all are given."""
    taken = {instance["_ephemeral"] for instance in of_type(records, "instance")}
    taken |= {record["ipAddress"] for record in of_type(records, "publicip")}
    pool = IPv4Network(PUBLIC_POOLS["oracle"])
    for address in islice(pool.hosts(), FIRST_PUBLIC - 1, None):
        if str(address) not in taken:
            return str(address)
    raise CloudError(f"{what}: 400-LimitExceeded: no public address is left in {pool}")
