"""Generates docs/settings.md from the models of the settings. `make schema` runs it.

python -m components.settings.reference > docs/settings.md
"""

import json
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from components.settings.host import HostPart
from components.settings.kinds import kinds
from components.settings.part import Part
from components.settings.shape import alternatives

HEAD = """# Settings

All settings of a stack. `make schema` generates this page from the program's models: change the models, not this page.
In a stack's file, each part is a key `tailnet-k3s:PART` under `config:`. A stack sets only the values that differ from
the defaults. NAME stands for a name that you choose. [components/settings/rules](../components/settings/rules) contains
the rules that concern several settings.
"""
WORDS: dict[Any, str] = {
    bool: "`true` or `false`",
    float: "number",
    int: "whole number",
    str: "text",
    SecretStr: "secret text",
    IPv4Network: "IPv4 range",
    IPv4Address: "address",
    IPv6Address: "address",
}


def reference() -> str:
    """The page, in Markdown."""
    return "\n".join([HEAD, *(line for name in kinds() for line in _part(name))])


def _part(name: str) -> Iterator[str]:
    """Heading, description and table of a part. Hosts have one table for each cloud."""
    yield from (f"## {name}", "")
    value, *others = (one for one in alternatives(kinds()[name]) if one is not type(None))
    if get_origin(value) is not dict:
        for group in (value, *others):
            yield from (_text(group), "", *_table(group, ""), "")
        return
    groups = list(alternatives(get_args(value)[1]))
    for group in groups:
        is_host = issubclass(group, HostPart)
        kind = f"`cloud: {get_args(group.model_fields['cloud'].annotation)[0]}`: " if is_host else ""
        yield from (f"{kind}{_text(group)}", "", *_table(group, "NAME."), "")


def _text(group: type[Part]) -> str:
    return " ".join((group.__doc__ or "").split())


def _table(group: type[Part], prefix: str) -> Iterator[str]:
    yield "| key | value | default | meaning |"
    yield "|---|---|---|---|"
    yield from _rows(group, prefix)


def _rows(group: type[Part], prefix: str) -> Iterator[str]:
    for name, field in group.model_fields.items():
        key = f"{prefix}{name}"
        inner = _groups(field.annotation)
        default = "required" if field.is_required() else f"`{_default(field)}`"
        # A map of groups has its own row, because it may be empty. A single group has only the rows of its keys.
        if not inner or get_origin(field.annotation) is dict:
            cells = (
                f"`{key}`",
                _kind(field.annotation, field.metadata),
                default,
                _meaning(field),
            )
            yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
        for one in inner:
            yield from _rows(one, f"{key}.NAME." if get_origin(field.annotation) is dict else f"{key}.")


def _meaning(field: FieldInfo) -> str:
    """Its description, with YAML's `null` for None."""
    return " ".join(str(field.description).split()).replace("None:", "`null`:")


def _groups(annotation: Any) -> list[type[Part]]:
    """The groups of settings in a field: itself, or the values of a map."""
    found = [inner for one in alternatives(annotation) for inner in _values(one)]
    return [one for one in found if isinstance(one, type) and issubclass(one, Part)]


def _values(annotation: Any) -> list[Any]:
    return list(alternatives(get_args(annotation)[1])) if get_origin(annotation) is dict else [annotation]


def _default(field: FieldInfo) -> str:
    return json.dumps(to_jsonable_python(field.get_default(call_default_factory=True)), ensure_ascii=False)


def _kind(annotation: Any, metadata: list[Any]) -> str:
    """The allowed values, in words."""
    words = list(dict.fromkeys(word for one in alternatives(annotation) if (word := _word(one))))
    limits = {type(limit): limit for limit in (*metadata, *_metadata(annotation))}
    least, most = limits.get(Ge), limits.get(Le)
    span = f", {least.ge} to {most.le}" if isinstance(least, Ge) and isinstance(most, Le) else ""
    return " or ".join(words) + span


def _metadata(annotation: Any) -> list[Any]:
    """The metadata of an annotation, in any member of a union."""
    here = list(getattr(annotation, "__metadata__", ()))
    return here + [one for inner in get_args(annotation) if hasattr(inner, "__metadata__") for one in _metadata(inner)]


def _word(annotation: Any) -> str:
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation is type(None):
        return ""
    if origin is Literal:
        *others, last = (f"`{one}`" for one in args)
        return f"{', '.join(others)} or {last}" if others else last
    if origin is tuple:
        return f"list of {_kind(args[0], [])}"
    if origin is dict:
        inner = _kind(args[1], [])
        return f"map of {inner}" if inner else "map"
    return WORDS.get(annotation, "")


if __name__ == "__main__":
    sys.stdout.write(reference())
