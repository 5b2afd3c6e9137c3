"""Parts of a document that nobody has checked yet: what has another shape counts as empty."""

from collections.abc import Iterator, Mapping
from typing import Any


def as_map(value: object) -> Mapping[str, Any]:
    """The value if it is a map."""
    return value if isinstance(value, Mapping) else {}


def maps(value: object) -> Iterator[Mapping[str, Any]]:
    """The maps in a list."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, Mapping))


def texts(value: object) -> Iterator[str]:
    """The texts in a list."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, str))
