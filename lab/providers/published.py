"""Checks inputs against the published Pulumi SDKs. All stand-ins do this before their own checks.

A stand-in accepts exactly the inputs that the published provider accepts, by name and type. This module reads all kinds
of SDKs: bridged ones (oci, cloudflare, tailscale, …; with tokens like "cloudflare:index/dnsRecord:DnsRecord"),
kubernetes, and azure-native ("azure-native:network:PublicIPAddress"). Of azure-native it reads only the modules needed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pulumi
from pulumi.provider.experimental.property_value import PropertyValue, PropertyValueType
from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.sdk_source import (
    Choice,
    ListOf,
    MapOf,
    ObjectOf,
    OneOf,
    Plain,
    Properties,
    Type,
    arguments_of,
    file_of,
    outputs_of,
    properties_of,
    source_of,
)


def inputs_of(token: str) -> Properties:
    """Inputs of a resource type ("tls:index/privateKey:PrivateKey"), or arguments of a function, by their wire names.

    Raises LookupError when the published SDK does not have it.
    """
    path, name = file_of(token), token.rsplit(":", 1)[1]
    if is_function(token):
        return arguments_of(path, path.stem)
    # The class is …InitArgs if the SDK also has an object type with the same name as the resource.
    return properties_of(path, f"{name}{'InitArgs' if f'class {name}InitArgs:' in source_of(path) else 'Args'}")


def output_names(token: str) -> frozenset[str]:
    """Wire names of all outputs of a resource type, or of a function's result."""
    name = token.rsplit(":", 1)[1]
    return outputs_of(file_of(token), f"{name[0].upper()}{name[1:]}Result" if is_function(token) else name)


def nested(kind: Type) -> Properties:
    """Properties of an object type, or of a list's or map's object items. Empty for all other types."""
    if isinstance(kind, ObjectOf):
        return properties_of(kind.folder / "_inputs.py", kind.name)
    return nested(kind.item) if isinstance(kind, (ListOf, MapOf)) else {}


def check(token: str, inputs: Mapping[str, PropertyValue], *, strict: bool = False) -> list[CheckFailure]:
    """All problems of a resource's inputs, or a function's arguments: unknown names, missing values, wrong types.

    Some SDKs list values of a type and allow others, too: Azure's enumerations, Cloudflare's "Available values".
    `strict` refuses these others. A value that is unknown in a preview is always correct.
    Failures never show a value: it may be a secret. Raises LookupError when the published SDK does not have the type.
    """
    return list(wrong_properties("", inputs_of(token), inputs, strict))


def check_outputs(token: str, names: Iterable[str]) -> None:
    """Raise LookupError unless these are exactly the outputs of the published type. For the tests of stand-ins."""
    wanted, got = output_names(token), frozenset(names)
    if wanted != got:
        raise LookupError(
            f"{token}: missing outputs {sorted(wanted - got)}; the published SDK has none called {sorted(got - wanted)}"
        )


def is_function(token: str) -> bool:
    """Whether a token names a function: functions start with a lower-case letter, types with an upper-case one."""
    return token.rsplit(":", 1)[1][0].islower()


def wrong_properties(
    path: str, known: Properties, values: Mapping[str, PropertyValue], strict: bool = False
) -> Iterator[CheckFailure]:
    """Problems of an object's properties. `path` is empty, or ends with a dot."""
    for name, wanted in known.items():
        if wanted.required and (name not in values or values[name].type is PropertyValueType.NULL):
            yield CheckFailure(f"{path}{name}", f"missing: {path}{name} is required, {described(wanted.type)}")
    for name, value in values.items():
        if name in known:
            yield from wrong_value(f"{path}{name}", known[name].type, value, strict)
        elif not name.startswith("__"):  # SDKs add such properties themselves
            yield CheckFailure(f"{path}{name}", f"unknown: {path}{name} is none of {', '.join(sorted(known))}")


def wrong_value(path: str, kind: Type, value: PropertyValue, strict: bool = False) -> Iterator[CheckFailure]:
    """Problems of one value."""
    content = value.value
    if kind is Plain.ANYTHING or value.type in (PropertyValueType.NULL, PropertyValueType.COMPUTED):
        return
    if isinstance(kind, ObjectOf) and isinstance(content, Mapping):
        yield from wrong_properties(f"{path}.", nested(kind), content, strict)
    elif isinstance(kind, MapOf) and isinstance(content, Mapping):
        for name, item in content.items():
            yield from wrong_value(f'{path}["{name}"]', kind.item, item, strict)
    elif isinstance(kind, ListOf) and isinstance(content, Sequence) and not isinstance(content, str):
        for index, item in enumerate(content):
            yield from wrong_value(f"{path}[{index}]", kind.item, item, strict)
    elif not fits(kind, value, strict):
        yield CheckFailure(path, f"{path} must be {described(kind, strict)}, and is {value.type.value.lower()}")


def fits(kind: Type, value: PropertyValue, strict: bool = False) -> bool:
    """Whether a value without nested values is of its type, or of one of its types."""
    content = value.value
    if isinstance(kind, OneOf):
        return any(not list(wrong_value("", choice, value, strict)) for choice in kind.types)
    if isinstance(kind, Choice):
        return content in kind.values or (kind.open is not None and not strict and fits(kind.open, value))
    if isinstance(content, bool):  # in Python, a bool is an int, too
        return kind is Plain.BOOLEAN
    if isinstance(content, float):
        return kind is Plain.NUMBER or (kind is Plain.INTEGER and content.is_integer())
    return (kind is Plain.STRING and isinstance(content, str)) or (
        (kind is Plain.ASSET and isinstance(content, pulumi.Asset))
        or (kind is Plain.ARCHIVE and isinstance(content, pulumi.Archive))
    )


def described(kind: Type, strict: bool = False) -> str:
    """A type in words, for an error."""
    if isinstance(kind, Choice):
        return str(kind.open) if kind.open and not strict else f"one of {', '.join(map(named_value, kind.values))}"
    if isinstance(kind, OneOf):
        return " or ".join(described(choice, strict) for choice in kind.types)
    if isinstance(kind, ListOf):
        return f"a list, each item {described(kind.item, strict)}"
    if isinstance(kind, MapOf):
        return f"a map, each value {described(kind.item, strict)}"
    if isinstance(kind, ObjectOf):
        return f"an object ({kind.name.removesuffix('Args')})"
    return str(kind)


def named_value(value: str | float) -> str:
    """One value of a choice, as text."""
    return value if isinstance(value, str) else f"{value:g}"
