"""Finds exit nodes of Tailscale in text: flags of its commands, approvals in a tailnet's policy, subnet routes."""

import ipaddress
import json
import re
from collections.abc import Iterator

ACL = "tailscale:index/acl:Acl"
SUBNET_ROUTES = "tailscale:index/deviceSubnetRoutes:DeviceSubnetRoutes"

# A flag and its value, as shells, lists of YAML and JSON, and all kinds of quotes write them: --flag=x, "--flag", "x".
FLAG = re.compile(
    r"""(?<![\w-])--?(?P<name>exit-node|advertise-exit-node|advertise-routes)(?![\w-])(?:\\?["'])?
    (?P<between>\s*=|[ \t]*,\s*|\n\s*-[ ]+|[ \t]+|)(?:\\?["'])?(?P<value>[^\s"'\\;|&)\]]*)""",
    re.VERBOSE,
)
OFF = {"0", "f", "F", "false", "False", "FALSE"}


def exit_nodes(kind: str, text: str) -> Iterator[str]:
    """Each use or offer of an exit node in one text. `kind` is the type token of the resource that has it as input."""
    yield from _flags(text)
    if kind == ACL:
        yield from _approvals(text)
    if kind == SUBNET_ROUTES and _is_everything(text):
        yield text


def _flags(text: str) -> Iterator[str]:
    """Flags of tailscale that use or offer an exit node. Flags that switch one off are allowed."""
    for found in FLAG.finditer(text.replace("\\\n", " ")):
        name, value = found["name"], found["value"]
        if name == "exit-node" and value:
            yield f"--exit-node {value}"
        if name == "advertise-exit-node" and not ("=" in found["between"] and value in OFF):
            yield "--advertise-exit-node"
        if name == "advertise-routes":
            yield from (f"--advertise-routes {route}" for route in value.split(",") if _is_everything(route))


def _approvals(text: str) -> Iterator[str]:
    """Automatic approvals of exit nodes in a tailnet's policy."""
    try:
        approvers = json.loads(_plain_json(text)).get("autoApprovers") or {}
    except (ValueError, AttributeError):
        return  # Tailscale refuses such a policy itself
    if approvers.get("exitNode"):
        yield "autoApprovers.exitNode"
    for route in approvers.get("routes") or {}:
        if _is_everything(route):
            yield f"autoApprovers.routes of {route}"


def _plain_json(text: str) -> str:
    """JSON of a policy file, without its comments and without commas before a closing bracket."""
    string = r'"(?:\\.|[^"\\])*"'
    text = re.sub(rf"({string})|//[^\n]*|/\*.*?\*/", lambda found: found[1] or " ", text, flags=re.DOTALL)
    return re.sub(rf"({string})|,(?=\s*[}}\]])", lambda found: found[1] or "", text)


def _is_everything(route: str) -> bool:
    try:
        return ipaddress.ip_network(route.strip(), strict=False).prefixlen == 0
    except ValueError:
        return False
