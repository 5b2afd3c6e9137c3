"""Inspects the types of the settings: which keys exist at a path."""

from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from components.settings.part import Part


def parts_at(annotation: Any, location: Sequence[str | int]) -> tuple[type[Part], ...]:
    """The groups of settings (models) at a location below a type.

    `annotation`: the type where the location starts. `location`: keys of models and maps, and indexes of lists. Empty
    if there is no group at that location. Several if the type is a union.
    """
    found = tuple(alternatives(annotation))
    for step in location:
        found = tuple(inner for one in found for outer in inside(one, step) for inner in alternatives(outer))
    return tuple(one for one in found if isinstance(one, type) and issubclass(one, Part))


def alternatives(annotation: Any) -> Iterator[Any]:
    """The members of a union. Of any other type, the type itself. Leaves out the metadata of `Annotated`."""
    if hasattr(annotation, "__metadata__"):
        yield from alternatives(annotation.__origin__)
    elif get_origin(annotation) in {Union, UnionType}:
        for one in get_args(annotation):
            yield from alternatives(one)
    else:
        yield annotation


def inside(annotation: Any, step: str | int) -> Iterator[Any]:
    """The type of the value at one key or index. Nothing if there is none."""
    if get_origin(annotation) is dict:
        yield get_args(annotation)[1]
    elif get_origin(annotation) is tuple:
        yield get_args(annotation)[0]
    elif isinstance(annotation, type) and issubclass(annotation, Part) and step in annotation.model_fields:
        yield annotation.model_fields[str(step)].annotation
