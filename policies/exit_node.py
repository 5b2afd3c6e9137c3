"""No cluster node may use or offer a Tailscale exit node: it would send pods' packets to other nodes out by it.

Looked for in everything that a resource is given: scripts, their secret input, user data, policies of tailnets, routes.
"""

import base64
import binascii
import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from pulumi_policy import EnforcementLevel, ReportViolation, ResourceValidationArgs, ResourceValidationPolicy
from pulumi_policy.proxy import UnknownValueError

ACL = "tailscale:index/acl:Acl"
SUBNET_ROUTES = "tailscale:index/deviceSubnetRoutes:DeviceSubnetRoutes"

# A flag with its value, as shells, lists of YAML and JSON, and quotes of any kind write them: --flag=x, "--flag", "x".
FLAG = re.compile(
    r"""(?<![\w-])--?(?P<name>exit-node|advertise-exit-node|advertise-routes)(?![\w-])(?:\\?["'])?
    (?P<between>\s*=|[ \t]*,\s*|\n\s*-[ ]+|[ \t]+|)(?:\\?["'])?(?P<value>[^\s"'\\;|&)\]]*)""",
    re.VERBOSE,
)
OFF = {"0", "f", "F", "false", "False", "FALSE"}
BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


def exit_nodes(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """What of a resource has to do with an exit node, in words that say where. `kind` is its type token."""
    for where, text in _texts(props):
        for flag in _flags(text):
            yield f"{where} has {flag}"
        if kind == ACL:
            yield from _approvals(where, text)
    if kind == SUBNET_ROUTES:
        for where, text in _texts(props):
            if _is_everything(text):
                yield f"{where} has {text}"


def _flags(text: str) -> Iterator[str]:
    """Flags of tailscale that use an exit node or offer one; not those that end it."""
    for found in FLAG.finditer(text.replace("\\\n", " ")):
        name, value = found["name"], found["value"]
        if name == "exit-node" and value:
            yield f"--exit-node {value}"
        if name == "advertise-exit-node" and not ("=" in found["between"] and value in OFF):
            yield "--advertise-exit-node"
        if name == "advertise-routes":
            yield from (f"--advertise-routes {route}" for route in value.split(",") if _is_everything(route))


def _approvals(where: str, text: str) -> Iterator[str]:
    """Automatic approvals of exit nodes in a tailnet's policy."""
    try:
        approvers = json.loads(_plain_json(text)).get("autoApprovers") or {}
    except (ValueError, AttributeError):
        return  # Tailscale refuses it too
    if approvers.get("exitNode"):
        yield f"{where} has autoApprovers.exitNode"
    for route in approvers.get("routes") or {}:
        if _is_everything(route):
            yield f"{where} has autoApprovers.routes of {route}"


def _plain_json(text: str) -> str:
    """JSON of a policy file, which may have comments, and commas before a closing bracket."""
    string = r'"(?:\\.|[^"\\])*"'
    text = re.sub(rf"({string})|//[^\n]*|/\*.*?\*/", lambda found: found[1] or " ", text, flags=re.DOTALL)
    return re.sub(rf"({string})|,(?=\s*[}}\]])", lambda found: found[1] or "", text)


def _is_everything(route: str) -> bool:
    try:
        return ipaddress.ip_network(route.strip(), strict=False).prefixlen == 0
    except ValueError:
        return False


def _texts(value: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text within a value and its path there; what is in base64 also as what it stands for. Skips unknowns."""
    if isinstance(value, str):
        yield where, value
        for inner in _decoded(value):
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
            continue  # this is a preview; the rule is asked again when it is known
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
    """What stands in a text as base64: user data as a whole, files in it again, a step's secrets as NAME=base64."""
    whole = "".join(text.split())
    for part in [whole] if BASE64.fullmatch(whole) else BASE64.findall(text):
        try:
            inner = base64.b64decode(part).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        yield inner
        if depth > 1:
            yield from _decoded(inner, depth - 1)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
    for finding in dict.fromkeys(exit_nodes(args.resource_type, args.props)):
        report(f"{args.name}: {finding}. An exit node takes pods' packets away from the cluster. Remove it.", None)


no_node_uses_or_offers_an_exit_node = ResourceValidationPolicy(
    name="no-node-uses-or-offers-an-exit-node",
    description="No node of the cluster uses or offers a Tailscale exit node.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=_validate,
)
