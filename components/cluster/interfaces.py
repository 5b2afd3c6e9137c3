"""Network interfaces that k3s creates on each node for pods."""

BRIDGE, TUNNEL = "cni0", "flannel.1"
"""The interface to pods on the host itself, and the interface to pods on other hosts."""
