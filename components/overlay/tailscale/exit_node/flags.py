"""Flags of Tailscale's commands that use or offer an exit node, as shells, systemd, k3s, YAML and JSON write them."""

import re
from collections.abc import Iterator

from components.overlay.tailscale.exit_node.routes import everywhere

# A flag and its value, with all kinds of quotes: --flag=x, "--flag", "x".
FLAG = re.compile(
    r"""(?<![\w-])--?(?P<name>exit-node|advertise-exit-node|advertise-routes)(?![\w-])(?:\\?["'])?
    (?P<between>\s*=|[ \t]*,\s*|\n\s*-[ ]+|[ \t]+|)(?:\\?["'])?(?P<value>[^\s"'\\;|&)\]]*)""",
    re.VERBOSE,
)
OFF = {"0", "f", "F", "false", "False", "FALSE"}


def flags(text: str) -> Iterator[str]:
    """Each flag that uses or offers an exit node. Flags that switch one off are allowed."""
    for found in FLAG.finditer(text.replace("\\\n", " ")):
        name, value = found["name"], found["value"]
        is_off = "=" in found["between"] and value in OFF
        if name == "exit-node" and value and not is_off:
            yield f"--exit-node {value}"
        if name == "advertise-exit-node" and not is_off:
            yield "--advertise-exit-node"
        if name == "advertise-routes" and (routes := everywhere(value.split(","))):
            yield f"--advertise-routes {routes}"
