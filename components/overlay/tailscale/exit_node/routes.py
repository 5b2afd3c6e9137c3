"""Routes that together lead everywhere: an exit node by another name."""

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

WHOLE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("2000::/3"))
"""The whole internet. Public addresses of IPv6 are all in one range."""
NARROW = 8
"""A report does not name routes with this prefix or a longer one: there would be hundreds."""


def everywhere(routes: Iterable[str]) -> str:
    """The routes that cover a whole internet when put together: `0.0.0.0/1, 128.0.0.0/1`. Empty: they do not."""
    networks = [network for route in routes for network in _network(route)]
    covering: list[str] = []
    for whole in WHOLE:
        same = [one for one in networks if one.version == whole.version]
        joined = ipaddress.collapse_addresses(same)  # type: ignore[type-var] # all of one version
        if any(one.supernet_of(whole) for one in joined):  # type: ignore[arg-type]
            widest = [one for one in same if one.prefixlen == 0] or [one for one in same if one.prefixlen < NARROW]
            covering += map(str, widest or [whole])
    return ", ".join(dict.fromkeys(covering))


def _network(route: str) -> list[Network]:
    try:
        return [ipaddress.ip_network(route.strip(), strict=False)]
    except ValueError:
        return []
