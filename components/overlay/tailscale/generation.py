"""Which machine of a host's name has the host's device: the stack's state has the number. Needs no SDK."""

from collections.abc import Mapping
from typing import Any

GENERATION = "generation"
"""Keeper of the random characters in a device's name. Not there: the first machine, 0."""
SUFFIX = "random:index/randomString:RandomString"


def generation_of(state: Mapping[tuple[str, str], Mapping[str, Any]], host: str) -> int | None:
    """The generation of a host's device, from outputs by type and name. None: the state has no device for it."""
    suffix = state.get((SUFFIX, host))
    return None if suffix is None else int((suffix.get("keepers") or {}).get(GENERATION, 0))


def is_device(state: Mapping[tuple[str, str], Mapping[str, Any]], host: str, name: str) -> bool:
    """Whether a device's name is the one that the state has for the host now. True if the state has none."""
    suffix = state.get((SUFFIX, host))
    return suffix is None or name.endswith(f"-{suffix['result']}")
