"""Inputs as plain values, without the parts that a preview does not know."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from policies.sdk import UnknownValueError


def known(value: Any) -> Any:
    """The same value without the parts that a preview does not know. Pulumi asks the rule again during the update.

    Whole numbers become int: Pulumi sends every number as a float, and a message would say `port 22.0`.
    """
    if isinstance(value, Mapping):
        return {key: inner for key in value for inner in _at(value, key)}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [inner for index in range(len(value)) for inner in _at(value, index)]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def as_map(value: object) -> Mapping[str, Any]:
    """The value if it is a map, otherwise an empty one: no provider has checked the inputs yet."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: object) -> list[Any]:
    """The value if it is a list, otherwise an empty one."""
    return value if isinstance(value, list) else []


def _at(value: Any, key: Any) -> Iterator[Any]:
    """The value at a key. Nothing if a preview does not know it."""
    with suppress(UnknownValueError):
        yield known(value[key])
