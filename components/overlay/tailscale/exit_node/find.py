"""Finds exit nodes of Tailscale, in one text or in one resource of Tailscale's own."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.overlay.tailscale.exit_node.connector import connector, connectors, is_connector
from components.overlay.tailscale.exit_node.flags import flags
from components.overlay.tailscale.exit_node.policy_file import policy_file
from components.overlay.tailscale.exit_node.preferences import preferences
from components.overlay.tailscale.exit_node.routes import everywhere
from components.overlay.tailscale.exit_node.shapes import texts

ACL = "tailscale:index/acl:Acl"
SUBNET_ROUTES = "tailscale:index/deviceSubnetRoutes:DeviceSubnetRoutes"


def exit_nodes_in_text(text: str) -> Iterator[str]:
    """Each use or offer of an exit node in a script, a file, or what a container is given."""
    yield from flags(text)
    yield from preferences(text)
    yield from connectors(text)


def exit_nodes_of_resource(kind: str, props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each one that a resource of Tailscale's makes, after its place there. `kind` is the type token."""
    if kind == ACL:
        yield from (("acl", found) for found in policy_file(str(props.get("acl") or "")))
    elif kind == SUBNET_ROUTES:
        if found := everywhere(texts(props.get("routes"))):
            yield "routes", found
    elif is_connector(kind):
        yield from connector(props)


def names_the_overlay(text: str) -> bool:
    """Whether a script has to do with Tailscale at all."""
    return "tailscale" in text
