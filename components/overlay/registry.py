"""The overlays that there are. Today there is one, so the settings choose none."""

from components.overlay.tailscale.exit_node import find
from components.overlay.tailscale.kind import TAILNET

KIND = TAILNET
OVERLAY = KIND.facts
"""The overlay of every stack, for code that needs its names and numbers before any resource exists."""
exit_nodes_in_text = find.exit_nodes_in_text
exit_nodes_of_resource = find.exit_nodes_of_resource
names_the_overlay = find.names_the_overlay
"""What an exit node of the overlay looks like: see the definitions."""
