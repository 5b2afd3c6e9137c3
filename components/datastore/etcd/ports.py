"""TCP ports of etcd's members. They listen at their addresses in the tailnet, for clients also at 127.0.0.1."""

CLIENT_PORT, PEER_PORT = 2379, 2380
METRICS_PORT = 2381
"""On 127.0.0.1 only. Tells over HTTP, without a certificate, whether the member is healthy."""
PRESENCE_PORT = 2382
"""Tells a host that is about to create a cluster whether this one has data of a cluster."""

MEMBER_PORTS = (CLIENT_PORT, PEER_PORT, PRESENCE_PORT)
"""All that a member listens on in the tailnet. None of it is for pods."""
