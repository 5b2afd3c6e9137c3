"""Address ranges, with Azure's rules for them, and free addresses of subnets."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from lab.providers.azure_native.cloud import CloudError

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
RESERVED = 4
"""Addresses that Azure reserves at the start of a subnet: the network's, the gateway's, and two for DNS."""
SMALLEST = 29
"""The longest prefix of an IPv4 subnet."""
IPV6_PREFIX = 64
"""The only prefix length of an IPv6 subnet."""


def parse(cidr: Any, what: str) -> Network:
    """Parses a range. Raises CloudError."""
    try:
        return ip_network(cidr)
    except ValueError:
        pass
    try:
        right = ip_network(cidr, strict=False)
    except ValueError:
        raise CloudError(what, "InvalidAddressPrefixFormat", f"{cidr} is no address prefix in CIDR notation") from None
    raise CloudError(what, "InvalidCIDRNotation", f"{cidr} has host bits: the address prefix should be {right}")


def parse_all(cidrs: Iterable[Any], what: str) -> list[Network]:
    """Parses several ranges. Raises CloudError, also if they overlap."""
    networks: list[Network] = []
    for cidr in cidrs:
        network = parse(cidr, what)
        if other := next(overlapping(network, networks), None):
            raise CloudError(what, "AddressPrefixesOverlap", f"address prefixes {network} and {other} overlap")
        networks.append(network)
    return networks


def overlapping(network: Network, others: Iterable[Network]) -> Iterator[Network]:
    """The other ranges that overlap the range."""
    return (other for other in others if network.version == other.version and network.overlaps(other))


def holder(network: Network, ranges: Iterable[Network]) -> Network | None:
    """The one of `ranges` that contains the network."""
    return next((each for each in ranges if is_within(network, each)), None)


def is_within(inner: Network, outer: Network) -> bool:
    """Whether a range is within another, or equals it."""
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    return isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network) and inner.subnet_of(outer)


def without(network: Network, hole: Network) -> list[Network]:
    """The parts of a range that are not in another range."""
    if is_within(network, hole):
        return []
    if isinstance(network, IPv4Network) and isinstance(hole, IPv4Network) and hole.subnet_of(network):
        return [*network.address_exclude(hole)]
    if isinstance(network, IPv6Network) and isinstance(hole, IPv6Network) and hole.subnet_of(network):
        return [*network.address_exclude(hole)]
    return [network]


def check_subnet_size(network: Network, what: str) -> None:
    """Raise CloudError for a size that Azure does not allow for a subnet."""
    if isinstance(network, IPv6Network) and network.prefixlen != IPV6_PREFIX:
        raise CloudError(what, "InvalidIPv6SubnetPrefixLength", f"{network}: an IPv6 subnet is a /{IPV6_PREFIX}")
    if isinstance(network, IPv4Network) and network.prefixlen > SMALLEST:
        raise CloudError(what, "NetcfgInvalidSubnet", f"{network}: an IPv4 subnet is a /{SMALLEST} or larger")


def gateway(network: Network) -> Address:
    """The virtual router's address: the first one."""
    return network[1]


def free_address(network: Network, taken: set[str], wanted: str | None, what: str) -> str:
    """The wanted address, else the lowest free one. Raises CloudError if there is none."""
    last = network.num_addresses - (1 if network.version == 4 else 0)
    if wanted is None:
        found = next((str(network[at]) for at in range(RESERVED, last) if str(network[at]) not in taken), None)
        if found is None:
            raise CloudError(what, "SubnetIsFull", f"no address is left in {network}; make a larger subnet")
        return found
    try:
        address = ip_address(wanted)
    except ValueError:
        raise CloudError(what, "InvalidIPAddressFormat", f"{wanted} is no IP address") from None
    if address not in network or not RESERVED <= int(address) - int(network.network_address) < last:
        raise CloudError(what, "PrivateIPAddressNotInSubnet", f"{wanted} is reserved or not in {network}")
    if str(address) in taken:
        raise CloudError(what, "PrivateIPAddressInUse", f"{wanted} is allocated to another network interface")
    return str(address)
