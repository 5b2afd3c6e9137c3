"""No cluster node may use or offer an exit node: it would take pods' packets away from the cluster.

The rule searches all inputs of a resource: scripts, their secrets, user data, policies of tailnets, routes. The
overlay's folder knows what an exit node looks like.
"""

import base64
import binascii
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy

from components.overlay import registry
from policies.sdk import UnknownValueError

BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


def exit_nodes(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Each use or offer of an exit node in a resource's inputs, with its place. `kind` is the type token."""
    for where, text in _texts(props):
        for found in registry.exit_nodes(kind, text):
            yield f"{where} has {found}"


def _texts(value: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value, and its path. Text in base64 is given decoded, too. Skips unknown values."""
    if isinstance(value, str):
        yield where, value
        for inner in (*_decoded(value), *_unquoted(value)):
            yield where, inner
    elif isinstance(value, Mapping):
        yield from _texts_of(value, value, where)
    elif _is_list(value):
        yield from _texts_of(value, range(len(value)), where)
        yield where, " ".join(_known_strings(value))  # a command as a list of words


def _texts_of(value: Any, keys: Iterable[Any], where: str) -> Iterator[tuple[str, str]]:
    for key in keys:
        try:
            inner = value[key]
        except UnknownValueError:
            continue  # a preview does not know it yet; Pulumi asks the rule again during the update
        yield from _texts(inner, f"{where}.{key}".lstrip("."))


def _known_strings(value: Sequence[object]) -> Iterator[str]:
    for index in range(len(value)):
        try:
            word = value[index]
        except UnknownValueError:
            word = ""
        if isinstance(word, str):
            yield word


def _decoded(text: str, depth: int = 2) -> Iterator[str]:
    """Decoded base64 of a text: user data as a whole, files inside user data, a step's secrets (NAME=base64)."""
    whole = "".join(text.split())
    for part in [whole] if BASE64.fullmatch(whole) else BASE64.findall(text):
        try:
            inner = base64.b64decode(part).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        yield inner
        if depth > 1:
            yield from _decoded(inner, depth - 1)


def _unquoted(text: str) -> Iterator[str]:
    """The script of a step's command, as it runs. The command has each line of it as one quoted word."""
    if " \\\n'" in text:
        try:
            yield "\n".join(shlex.split(text.replace(" \\\n", " ")))
        except ValueError:
            return


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    for finding in dict.fromkeys(exit_nodes(args.resource_type, args.props)):
        report(f"{args.name}: {finding}. An exit node takes pods' packets away from the cluster. Remove it.", None)


no_node_uses_or_offers_an_exit_node = ResourceValidationPolicy(
    name="no-node-uses-or-offers-an-exit-node",
    description="No node of the cluster uses or offers an exit node.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_validate,
)
