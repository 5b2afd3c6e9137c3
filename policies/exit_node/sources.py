"""The texts of a resource that can set up a node: commands, user data, files, and what pods are given.

All other inputs (names, labels, descriptions, routes of a cloud) set up none, so the rule does not read them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from policies.exit_node import pods
from policies.known import as_map
from policies.steps import secrets_of, values_of

COMMANDS = ("create", "update", "delete")
USER_DATA = {
    *("userdata", "userdatabase64", "customdata", "cloudinit", "cloudconfig"),
    *("startupscript", "metadatastartupscript", "commandtoexecute", "script", "runcommand"),
}
"""Names of inputs of machines in any cloud, in small letters, without `-` and `_`."""


@dataclass(frozen=True)
class Source:
    """One text."""

    place: str
    """Where in the resource it is: `metadata.user_data`."""
    text: str
    file: str = ""
    """Path or name of the file that it becomes, if it is known."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Variables that it gets from elsewhere."""


def sources(kind: str, props: Mapping[str, Any]) -> Iterator[Source]:
    """The texts of a resource. `kind` is its type token, `props` are its known inputs."""
    if kind.startswith("command:"):
        yield from _commands(props)
    elif kind.startswith("kubernetes:"):
        yield from (Source(place, text, file, given) for place, text, file, given in pods.texts(kind, props))
    else:
        yield from _user_data(props, "")


def _commands(props: Mapping[str, Any]) -> Iterator[Source]:
    environment = {name: str(value) for name, value in as_map(props.get("environment")).items()}
    stdin = str(props.get("stdin") or "")
    given = environment | secrets_of(stdin)
    for name, value in environment.items():
        yield Source(f"environment.{name}", f"{name}={value}")
    yield Source("stdin", stdin, given=given)
    for command in COMMANDS:
        text = str(props.get(command) or "")
        values, script = values_of(text)
        yield from (Source(command, f"{name}={value}") for name, value in values.items())
        yield Source(command, script, given=given | values)
    file = props.get("source")
    if isinstance(file, pulumi.StringAsset):  # another kind of asset is a file that the rule can't be sure to find
        yield Source("source", file.text, str(props.get("remotePath") or ""))


def _user_data(value: object, place: str) -> Iterator[Source]:
    """Texts under a name of USER_DATA, at any depth."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            where = f"{place}.{key}".lstrip(".")
            if isinstance(inner, str) and re.sub("[-_]", "", str(key)).lower() in USER_DATA:
                yield Source(where, inner)
            elif isinstance(inner, Mapping | list):
                yield from _user_data(inner, where)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if isinstance(inner, Mapping | list):
                yield from _user_data(inner, f"{place}.{index}")
