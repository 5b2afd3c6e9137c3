"""Tailscale's names and numbers. No other folder of the program writes them."""

from ipaddress import IPv4Network, IPv6Network

from components.overlay.facts import OverlayFacts
from components.overlay.tailscale.generation import generation_of, is_device
from components.overlay.tailscale.look import LOOK

TAILSCALE = OverlayFacts(
    name="Tailscale",
    status_command="tailscale status",
    interface="tailscale0",
    unit="tailscaled.service",
    # The whole range counts: Tailscale drops packets from any of its IPv4 addresses on other interfaces.
    networks=(IPv4Network("100.64.0.0/10"), IPv6Network("fd7a:115c:a1e0::/48")),
    port=41641,
    look=LOOK,
    generation_of=generation_of,
    is_device=is_device,
)
