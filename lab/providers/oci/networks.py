"""Ranges of addresses as Oracle takes and gives them."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from lab.lab import IPV6_POOLS
from lab.providers.oci.cloud import CloudError

EVERYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
LARGEST, SMALLEST = 16, 30
"""Prefix lengths that a VCN or subnet may have."""
SUBNET_PREFIX_6 = 64
"""Prefix length of each subnet's IPv6 range."""
VCN_PREFIX_6 = 56
"""Prefix length of what Oracle gives a VCN for IPv6."""
GIVEN_6 = IPv6Network(IPV6_POOLS["oracle"])
"""What that is given from."""


def parse(cidr: Any, what: str) -> IPv4Network:
    """The range. Raises CloudError for none, one with host bits, or a size that Oracle refuses."""
    try:
        network = IPv4Network(cidr)
    except ValueError as error:
        raise CloudError(f"{what}: 400-InvalidParameter: {error}") from None
    if not LARGEST <= network.prefixlen <= SMALLEST:
        raise CloudError(f"{what}: 400-InvalidParameter: {cidr}: a range is /{LARGEST} to /{SMALLEST}")
    return network


def parse_6(cidr: Any, what: str) -> IPv6Network:
    """A subnet's IPv6 range. Raises CloudError for none, one with host bits, or any size but /64."""
    try:
        network = IPv6Network(cidr)
    except ValueError as error:
        raise CloudError(f"{what}: 400-InvalidParameter: {error}") from None
    if network.prefixlen != SUBNET_PREFIX_6:
        raise CloudError(f"{what}: 400-InvalidParameter: {cidr}: a subnet's IPv6 range is a /{SUBNET_PREFIX_6}")
    return network


def overlaps(network: IPv4Network | IPv6Network, others: Iterable[str]) -> Iterator[str]:
    """Those of the others that share an address with the network."""
    return (other for other in others if network.overlaps(ip_network(other)))


def holder(network: IPv4Network | IPv6Network, ranges: Iterable[str]) -> str | None:
    """The one of the ranges that the network is within."""
    for cidr in ranges:
        around = ip_network(cidr)
        if around.version == network.version and around.supernet_of(network):  # type: ignore[arg-type]
            return cidr
    return None


def given_6(taken: Iterable[str]) -> str:
    """The lowest IPv6 range that no VCN has. Raises CloudError when all are given."""
    used = set(taken)
    for network in GIVEN_6.subnets(new_prefix=VCN_PREFIX_6):
        if str(network) not in used:
            return str(network)
    raise CloudError("vcn: 400-LimitExceeded: the lab has no IPv6 range left")
