"""The rule against exit nodes, asked about one resource as Pulumi shows it to the rule."""

import base64
from typing import Any

from policies.exit_node.rule import no_node_uses_or_offers_an_exit_node
from tests.policies.asked import ask

COMMAND = "command:remote:Command"
INSTANCE = "oci:Core/instance:Instance"


def violations(kind: str, **props: Any) -> list[str]:
    """What the rule reports of a resource with these inputs."""
    return ask(no_node_uses_or_offers_an_exit_node, kind, **props)


def encoded(text: str | bytes) -> str:
    """In base64."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()
