"""The overlays that there are. Today there is one, so the settings choose none."""

from components.overlay.tailscale.exit_node import exit_nodes as tailscale_exit_nodes
from components.overlay.tailscale.facts import TAILSCALE

OVERLAY = TAILSCALE
"""The overlay of every stack, for code that needs its names and numbers before any resource exists."""
exit_nodes = tailscale_exit_nodes
"""Finds exit nodes of the overlay in one text: see its definition."""
