"""Address ranges, with Oracle's rules for them."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from lab.lab import IPV6_POOLS
from lab.providers.oci.cloud import CloudError

EVERYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
LARGEST, SMALLEST = 16, 30
"""Allowed prefix lengths of a VCN or subnet."""
SUBNET_PREFIX_6 = 64
"""Prefix length of each subnet's IPv6 range."""
VCN_PREFIX_6 = 56
"""Prefix length of a VCN's IPv6 range, which Oracle assigns."""
GIVEN_6 = IPv6Network(IPV6_POOLS["oracle"])
"""The range from which Oracle assigns them."""


def parse(cidr: Any, what: str) -> IPv4Network:
    """Parses a range. Raises CloudError for no range, host bits, or a size that Oracle refuses."""
    try:
        network = IPv4Network(cidr)
    except ValueError as error:
        raise CloudError(f"{what}: 400-InvalidParameter: {error}") from None
    if not LARGEST <= network.prefixlen <= SMALLEST:
        raise CloudError(f"{what}: 400-InvalidParameter: {cidr}: a range is /{LARGEST} to /{SMALLEST}")
    return network


def parse_6(cidr: Any, what: str) -> IPv6Network:
    """Parses a subnet's IPv6 range. Raises CloudError for no range, host bits, or any size but /64."""
    try:
        network = IPv6Network(cidr)
    except ValueError as error:
        raise CloudError(f"{what}: 400-InvalidParameter: {error}") from None
    if network.prefixlen != SUBNET_PREFIX_6:
        raise CloudError(f"{what}: 400-InvalidParameter: {cidr}: a subnet's IPv6 range is a /{SUBNET_PREFIX_6}")
    return network


def overlaps(network: IPv4Network | IPv6Network, others: Iterable[str]) -> Iterator[str]:
    """The other networks that overlap the network."""
    return (other for other in others if network.overlaps(ip_network(other)))


def holder(network: IPv4Network | IPv6Network, ranges: Iterable[str]) -> str | None:
    """The range that contains the network."""
    for cidr in ranges:
        around = ip_network(cidr)
        if around.version == network.version and around.supernet_of(network):  # type: ignore[arg-type]
            return cidr
    return None


def given_6(taken: Iterable[str]) -> str:
    """The lowest free IPv6 range for a VCN. Raises CloudError when none is left."""
    used = set(taken)
    for network in GIVEN_6.subnets(new_prefix=VCN_PREFIX_6):
        if str(network) not in used:
            return str(network)
    raise CloudError("vcn: 400-LimitExceeded: the lab has no IPv6 range left")
