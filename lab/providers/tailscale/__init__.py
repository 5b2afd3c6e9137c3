"""The stand-in for the `tailscale` provider: the same types and functions, on a Headscale server."""
