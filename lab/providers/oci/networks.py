"""IPv4 ranges as Oracle takes them."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import Any

from lab.providers.oci.cloud import CloudError

LARGEST, SMALLEST = 16, 30
"""Prefix lengths that a VCN or subnet may have."""


def parse(cidr: Any, what: str) -> IPv4Network:
    """The range. Raises CloudError for none, one with host bits, or a size that Oracle refuses."""
    try:
        network = IPv4Network(cidr)
    except ValueError as error:
        raise CloudError(f"{what}: 400-InvalidParameter: {error}") from None
    if not LARGEST <= network.prefixlen <= SMALLEST:
        raise CloudError(f"{what}: 400-InvalidParameter: {cidr}: a range is /{LARGEST} to /{SMALLEST}")
    return network


def overlaps(network: IPv4Network, others: Iterable[str]) -> Iterator[str]:
    """Those of the others that share an address with the network."""
    return (other for other in others if network.overlaps(IPv4Network(other)))


def holder(network: IPv4Network, ranges: Iterable[str]) -> str | None:
    """The one of the ranges that the network is within."""
    return next((cidr for cidr in ranges if network.subnet_of(IPv4Network(cidr))), None)
