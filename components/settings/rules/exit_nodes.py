"""The rule against exit nodes. The policy pack says the same of everything else."""

import re

from components.settings.errors import Finding, path
from components.settings.k3s import K3s
from components.settings.rules.rule import Findings


def no_node_uses_or_offers_an_exit_node(k3s: K3s) -> Findings:
    """Pods' packets to other nodes would leave by it."""
    for name, value in k3s.server_options.items():
        if re.search(r"exit-node|(0\.0\.0\.0|::)/0", f"{name} {value}"):
            yield Finding(
                path("k3s", "server_options", name),
                "has to do with an exit node, which sends pods' packets away. Remove it.",
            )
