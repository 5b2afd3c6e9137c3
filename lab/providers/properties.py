"""Converts Pulumi's property values to plain Python and back, for stand-ins. Keeps track of secrets and unknowns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from pulumi.provider.experimental.property_value import Computed, PropertyValue

PropertyMap: TypeAlias = dict[str, PropertyValue]
Content: TypeAlias = Any
"""A plain value: None, bool, int, float, str, list, dict, asset, archive, reference, or UNKNOWN."""


class Unknown(Computed):
    """A value that is known only after an update. The SDK's own raises AttributeError when it is compared."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Computed)

    def __hash__(self) -> int:
        return hash(Unknown)


UNKNOWN = Unknown()
"""The result of `plain` for an unknown value. All unknowns are equal."""

# The engine's protocol marks an unknown by one of these strings (string, bool, number, array, asset, archive, object).
# The SDK reads them as ordinary strings, and can't write them.
UNKNOWN_SIGNATURE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN_SIGNATURES = frozenset(
    {
        UNKNOWN_SIGNATURE,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


def plain(value: PropertyValue) -> Content:
    """The value as plain Python. Whole numbers become int.

    This drops the mark of a secret: use `like` or `secret` to set it again.
    """
    content = value.value
    if isinstance(content, float) and content.is_integer():
        return int(content)
    if isinstance(content, Mapping):
        return {key: plain(item) for key, item in content.items()}
    if isinstance(content, Sequence) and not isinstance(content, str):
        return [plain(item) for item in content]
    return content


def plain_map(values: Mapping[str, PropertyValue]) -> dict[str, Content]:
    """`plain` for all properties of a resource."""
    return {key: plain(value) for key, value in values.items()}


def value(content: Content, *, secret: bool = False) -> PropertyValue:
    """A property value from plain Python. Keeps property values inside. Raises TypeError for other types."""
    if isinstance(content, PropertyValue):
        return content.with_secret(True) if secret else content
    if isinstance(content, int) and not isinstance(content, bool):
        content = float(content)
    elif isinstance(content, Mapping):
        content = {key: value(item) for key, item in content.items()}
    elif isinstance(content, Sequence) and not isinstance(content, str):
        content = [value(item) for item in content]
    return PropertyValue(content, is_secret=secret)


def value_map(contents: Mapping[str, Content], secrets: Iterable[str] = ()) -> PropertyMap:
    """`value` for all properties of a resource. Marks those in `secrets` as secret."""
    names = frozenset(secrets)
    return {key: value(content, secret=key in names) for key, content in contents.items()}


def is_unknown(value: PropertyValue | None) -> bool:
    """Whether the value itself is unknown. Unknowns inside it do not count."""
    return value is not None and isinstance(value.value, Computed)


def has_unknown(content: Content) -> bool:
    """Whether a plain or property value is unknown, or contains an unknown."""
    if isinstance(content, PropertyValue):
        content = content.value
    if isinstance(content, Mapping):
        return any(has_unknown(item) for item in content.values())
    if isinstance(content, Sequence) and not isinstance(content, str):
        return any(has_unknown(item) for item in content)
    return isinstance(content, Computed)


def like(content: Content, pattern: PropertyValue | None) -> PropertyValue:
    """A property value from plain Python. It is secret in the same places as `pattern`."""
    if pattern is None:
        return value(content)
    inside = pattern.value
    if isinstance(content, Mapping) and isinstance(inside, Mapping):
        shaped: Content = {key: like(item, inside.get(key)) for key, item in content.items()}
    elif isinstance(content, list) and isinstance(inside, tuple):
        shaped = [like(item, inside[index] if index < len(inside) else None) for index, item in enumerate(content)]
    else:
        # If the shape has changed, the whole value is secret if any part of `pattern` was.
        return value(content, secret=pattern.contains_secret())
    return value(shaped, secret=pattern.is_secret)


def received(content: PropertyValue) -> PropertyValue:
    """A value from the SDK, with the engine's marks replaced by unknowns."""
    return _each(content, lambda leaf: UNKNOWN if isinstance(leaf, str) and leaf in _UNKNOWN_SIGNATURES else leaf)


def sendable(content: PropertyValue) -> PropertyValue:
    """A value for the SDK, with unknowns replaced by the engine's marks."""
    return _each(content, lambda leaf: UNKNOWN_SIGNATURE if isinstance(leaf, Computed) else leaf)


def _each(content: PropertyValue, change: Callable[[Content], Content]) -> PropertyValue:
    inside = content.value
    if isinstance(inside, Mapping):
        return content.with_value({key: _each(item, change) for key, item in inside.items()})
    if isinstance(inside, Sequence) and not isinstance(inside, str):
        return content.with_value([_each(item, change) for item in inside])
    return content.with_value(change(inside))
