"""The rule against exit nodes in options of k3s. The policy pack checks all other places."""

from components.overlay.registry import exit_nodes_in_text
from components.settings.errors import Finding, path
from components.settings.k3s import K3s
from components.settings.rules.rule import Findings


def no_node_uses_or_offers_an_exit_node(k3s: K3s) -> Findings:
    """An exit node would take pods' packets away from other nodes."""
    for name, value in k3s.server_options.items():
        if found := next(exit_nodes_in_text(f"--{name}={value}"), None):
            yield Finding(
                path("k3s", "server_options", name),
                f"has {found}: an exit node would take pods' packets away from the cluster. Remove it.",
            )
