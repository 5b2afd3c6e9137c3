"""The rule against exit nodes in options of k3s. The policy pack checks all other places."""

import re

from components.settings.errors import Finding, path
from components.settings.k3s import K3s
from components.settings.rules.rule import Findings


def no_node_uses_or_offers_an_exit_node(k3s: K3s) -> Findings:
    """An exit node would take pods' packets away from other nodes."""
    for name, value in k3s.server_options.items():
        if re.search(r"exit-node|(0\.0\.0\.0|::)/0", f"{name} {value}"):
            yield Finding(
                path("k3s", "server_options", name),
                "refers to an exit node, which would take pods' packets away from the cluster. Remove it.",
            )
