"""TCP ports of Galera's members, which listen at their addresses in the tailnet, and of the pods' way to the writer."""

from components.proxy.sections import HEALTH_PORT, WRITER_PORT

SST_PORT, GROUP_PORT, IST_PORT = 4444, 4567, 4568
"""A whole copy for a joining member; the traffic of the group; and what a member has missed."""

SERVER_PORTS = (WRITER_PORT, SST_PORT, GROUP_PORT, IST_PORT)
MEMBER_PORTS = (*SERVER_PORTS, HEALTH_PORT)
"""All that a member listens on. None of it is for pods."""

DATABASES_PORT = 3307
"""Of HAProxy on every node, for pods of the same node."""
