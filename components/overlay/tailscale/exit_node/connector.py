"""The Connector of Tailscale's operator for Kubernetes: a pod that is an exit node or a subnet router."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.overlay.tailscale.exit_node.routes import everywhere
from components.overlay.tailscale.exit_node.shapes import as_map, texts

GROUP = "tailscale.com/"
IS_CONNECTOR = re.compile(r"""["']?kind["']?\s*:\s*["']?Connector\b""")
IS_EXIT_NODE = re.compile(r"""["']?exitNode["']?\s*:\s*["']?true\b""")
NEXT_DOCUMENT = re.compile(r"^---", re.MULTILINE)


def is_connector(kind: str) -> bool:
    """Whether a type token of Pulumi is that of a Connector, in any version of the operator's API."""
    return kind.startswith(f"kubernetes:{GROUP}") and kind.endswith(":Connector")


def connector(props: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What makes it an exit node, after its place in the resource."""
    spec = as_map(props.get("spec"))
    if spec.get("exitNode") in (True, "true"):
        yield "spec", "exitNode: true"
    if found := everywhere(texts(as_map(spec.get("subnetRouter")).get("advertiseRoutes"))):
        yield "spec.subnetRouter.advertiseRoutes", found


def connectors(text: str) -> Iterator[str]:
    """Each one that is an exit node in a text with YAML or JSON for Kubernetes."""
    if GROUP in text and IS_EXIT_NODE.search(text):
        for document in NEXT_DOCUMENT.split(text):
            if GROUP in document and IS_CONNECTOR.search(document) and IS_EXIT_NODE.search(document):
                yield "a Connector with exitNode: true"
