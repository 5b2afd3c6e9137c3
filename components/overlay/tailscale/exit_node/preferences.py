"""Preferences of tailscaled that use or offer an exit node: JSON of its API and of its file, variables of its image."""

import re
from collections.abc import Iterator

from components.overlay.tailscale.exit_node.routes import everywhere

QUOTE = r"""\\?["']"""
USES = re.compile(
    rf"""{QUOTE}(?P<key>ExitNodeID|ExitNodeIP|ExitNode|AutoExitNode){QUOTE}\s*:\s*{QUOTE}(?P<value>[^"'\\]+)""",
    re.IGNORECASE,  # tailscaled's file begins them with a small letter, and Go takes any case
)
ROUTES = re.compile(rf"{QUOTE}(?P<key>AdvertiseRoutes){QUOTE}\s*:\s*\[(?P<routes>[^\]]*)\]", re.IGNORECASE)
VARIABLE = re.compile(r"""(?<![\w$])(?P<key>TS_ROUTES)["']?\s*[=:]\s*["']?(?P<routes>[^\s"';]+)""")


def preferences(text: str) -> Iterator[str]:
    """Each preference that uses an exit node, or advertises routes to everywhere."""
    for found in USES.finditer(text):
        yield f"{found['key']} {found['value']}"
    for pattern in (ROUTES, VARIABLE):
        for found in pattern.finditer(text):
            if routes := everywhere(re.split(r"""[\s,"'\\]+""", found["routes"])):
                yield f"{found['key']} {routes}"
