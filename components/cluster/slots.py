"""Hours in which a host may restart k3s to renew its certificates: one of SLOTS, which come round again and again."""

from collections.abc import Iterable
from zlib import crc32

SLOTS = 30
"""Hours of one round. k3s_renewal.sh counts with the same number."""
FOR_SERVERS = 10
"""The first hours of a round, which no agent has."""


def slots(servers: Iterable[str], agents: Iterable[str]) -> dict[str, int]:
    """By host. Each server has an hour of its own. An agent's comes from its name alone: another agent changes nothing
    on it. Two agents may share an hour, as a third of all agents may restart at the same time."""
    own = {name: place % SLOTS for place, name in enumerate(servers)}
    return own | {name: FOR_SERVERS + crc32(name.encode()) % (SLOTS - FOR_SERVERS) for name in agents}
