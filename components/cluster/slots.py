"""The hour in which each host may restart k3s to renew its certificates. Each round has SLOTS hours."""

from collections.abc import Iterable
from zlib import crc32

SLOTS = 30
"""Hours of one round. k3s_renewal.sh counts with the same number."""
FOR_SERVERS = 10
"""The first hours of a round, which no agent has."""


def slots(servers: Iterable[str], agents: Iterable[str]) -> dict[str, int]:
    """The slot of each host, by name. Each of the first ten servers has an hour that no other host has. An agent's slot
    comes from its name alone, so that another agent changes nothing on it. Agents of one slot restart together."""
    own = {name: place % SLOTS for place, name in enumerate(servers)}
    return own | {name: FOR_SERVERS + crc32(name.encode()) % (SLOTS - FOR_SERVERS) for name in agents}
