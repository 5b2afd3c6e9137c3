"""Who may reach whom in the tailnet. What is not accepted here is refused."""

import json

CLUSTER_TAG = "tag:cluster"
OPERATOR_TAG = "tag:operator"

OPERATOR_PORTS = (22, 6443)
"""SSH for the program's steps, the API for kubectl (logs and exec go through it too)."""

# Tailscale refuses a policy that breaks its own tests, so a slip in the rules above them never goes live.
INSIDE_PORTS = (22, 3306, 4444, 4567, 4568, 6443, 10250)
VXLAN_PORT = 8472


def policy() -> str:
    """The tailnet's policy file. Tags without owners may be given by administrators, and by keys that have the tag."""
    cluster = [f"{CLUSTER_TAG}:{port}" for port in INSIDE_PORTS]
    operator = [f"{CLUSTER_TAG}:{port}" for port in OPERATOR_PORTS]
    closed = [target for target in cluster if target not in operator]
    document = {
        "tagOwners": {CLUSTER_TAG: [], OPERATOR_TAG: []},
        "acls": [
            {"action": "accept", "src": [CLUSTER_TAG], "dst": [f"{CLUSTER_TAG}:*"]},
            {
                "action": "accept",
                "proto": "tcp",
                "src": [OPERATOR_TAG],
                "dst": [f"{CLUSTER_TAG}:{','.join(map(str, OPERATOR_PORTS))}"],
            },
        ],
        "tests": [
            {"src": CLUSTER_TAG, "accept": cluster, "deny": [f"{OPERATOR_TAG}:22"]},
            {"src": CLUSTER_TAG, "proto": "udp", "accept": [f"{CLUSTER_TAG}:{VXLAN_PORT}"]},
            {"src": OPERATOR_TAG, "accept": operator, "deny": closed},
        ],
    }
    return json.dumps(document, indent=2)
