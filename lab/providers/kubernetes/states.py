"""An object in the engine's state: the live object, its inputs, and which values are secret."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi.provider.experimental.property_value import PropertyValue

from lab.providers.kubernetes.cluster import Manifest
from lab.providers.properties import PropertyMap, like, plain, value

INPUTS, MANAGER, FIRST_VERSION = "__inputs", "__fieldManager", "__initialApiVersion"
HIDDEN = "[secret]"
SHORTEST_HIDDEN = 4
"""In characters. Shorter texts appear everywhere, so hiding them would make errors unreadable."""


def state_of(live: Manifest, inputs: Mapping[str, PropertyValue], manager: str) -> PropertyMap:
    """The state of an object that a field manager has applied from inputs."""
    kept = {name: item for name, item in live.items() if name != "metadata"}
    kept["metadata"] = {name: item for name, item in live["metadata"].items() if name != "managedFields"}
    state = {name: like(item, inputs.get(name)) for name, item in kept.items()}
    state[INPUTS] = value({name: item for name, item in inputs.items() if not name.startswith("__")})
    state[MANAGER] = value(manager)
    state[FIRST_VERSION] = value(live["apiVersion"])
    return with_secrets(state)


def with_secrets(state: PropertyMap) -> PropertyMap:
    """The state, with the content of a Secret marked as secret."""
    kind, version = state.get("kind"), state.get("apiVersion")
    if kind is None or version is None or (kind.value, version.value) != ("Secret", "v1"):
        return state
    return {
        name: item.with_secret(True) if name in ("data", "stringData") else _inner(name, item)
        for name, item in state.items()
    }


def _inner(name: str, item: PropertyValue) -> PropertyValue:
    return value(with_secrets(dict(item.value))) if name == INPUTS and isinstance(item.value, Mapping) else item


def last_inputs(state: Mapping[str, PropertyValue]) -> Manifest:
    """The inputs from which the object was last applied."""
    inputs = state.get(INPUTS)
    return plain(inputs) if inputs is not None else {}


def as_live(inputs: Any, live: Any) -> Any:  # any JSON values
    """The inputs with the live object's values in the same places. None where it has no value."""
    if isinstance(inputs, dict) and isinstance(live, dict):
        return {name: as_live(item, live[name]) for name, item in inputs.items() if name in live}
    if isinstance(inputs, list) and isinstance(live, list) and len(inputs) == len(live):
        return [as_live(item, there) for item, there in zip(inputs, live, strict=True)]
    return live


def with_string_data(live: Manifest) -> Manifest:
    """A Secret with its data as text in `stringData`, too. The API server never returns `stringData`."""
    if (live["apiVersion"], live["kind"]) != ("v1", "Secret"):
        return live
    data: Mapping[str, str] = live.get("data") or {}
    return {**live, "stringData": {name: b64decode(text).decode(errors="replace") for name, text in data.items()}}


def without_secrets(text: str, inputs: Mapping[str, PropertyValue]) -> str:
    """An error's text without secret inputs. The API server quotes the values that it refuses."""
    for secret in sorted(_secrets(value(inputs), inside=False), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _secrets(item: PropertyValue, *, inside: bool) -> Iterator[str]:
    inside = inside or item.is_secret
    if isinstance(item.value, Mapping):
        for child in item.value.values():
            yield from _secrets(child, inside=inside)
    elif isinstance(item.value, tuple):
        for child in item.value:
            yield from _secrets(child, inside=inside)
    elif inside and isinstance(item.value, str) and len(item.value) >= SHORTEST_HIDDEN:
        yield item.value
