"""Inspects the types of the settings: which keys exist at a path."""

from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from components.settings.part import Part


def parts_at(annotation: Any, location: Sequence[str | int]) -> tuple[type[Part], ...]:
    """The groups of settings that may be found by a key, from the type of what it starts at. Keys of maps and numbers
    in lists count as steps; a place where there is no group has none."""
    found = tuple(alternatives(annotation))
    for step in location:
        found = tuple(inner for one in found for outer in inside(one, step) for inner in alternatives(outer))
    return tuple(one for one in found if isinstance(one, type) and issubclass(one, Part))


def alternatives(annotation: Any) -> Iterator[Any]:
    """The members of a union, without annotations."""
    if hasattr(annotation, "__metadata__"):
        yield from alternatives(annotation.__origin__)
    elif get_origin(annotation) in {Union, UnionType}:
        for one in get_args(annotation):
            yield from alternatives(one)
    else:
        yield annotation


def inside(annotation: Any, step: str | int) -> Iterator[Any]:
    """The types of the value at one key or index."""
    if get_origin(annotation) is dict:
        yield get_args(annotation)[1]
    elif get_origin(annotation) is tuple:
        yield get_args(annotation)[0]
    elif isinstance(annotation, type) and issubclass(annotation, Part) and step in annotation.model_fields:
        yield annotation.model_fields[str(step)].annotation
