"""Tailscale as the overlay, with Tailscale's own control server or a Headscale server."""
