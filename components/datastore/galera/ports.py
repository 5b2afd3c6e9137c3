"""TCP ports of Galera's members, which listen at their addresses in the tailnet, and of the pods' way to the writer."""

WRITER_PORT = 3306
"""MariaDB's on every member, and HAProxy's on 127.0.0.1 of every k3s server."""
SST_PORT, GROUP_PORT, IST_PORT = 4444, 4567, 4568
"""A whole copy for a joining member; the traffic of the group; and what a member has missed."""
HEALTH_PORT = 9200
"""Tells HAProxy over HTTP whether the member is synced."""

SERVER_PORTS = (WRITER_PORT, SST_PORT, GROUP_PORT, IST_PORT)
MEMBER_PORTS = (*SERVER_PORTS, HEALTH_PORT)
"""All that a member listens on. None of it is for pods."""

DATABASES_PORT = 3307
"""Of HAProxy on every node, for pods of the same node."""
