"""Ports that clouds' firewalls let in. All else comes by the tailnet, which needs no port of its own."""

WIREGUARD_PORT = 41641
"""UDP, from everywhere: direct paths between devices of the tailnet. tailscaled is told to use it."""

VISITOR_PORTS = (80, 443)
"""TCP, from visitors only, on hosts with the role `ingress` only."""
