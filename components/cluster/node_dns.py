"""Runs on a server: makes of k3s' CoreDNS Deployment (JSON on stdin) a DaemonSet with the same pod on every node.

The pods have the labels of k3s' own, so that the Service kube-dns leads to them, too.
"""

import json
import sys
from typing import Any

NAME = "coredns-node"
OWN = {"app.kubernetes.io/name": NAME}


def daemon_set(deployment: dict[str, Any]) -> dict[str, Any]:
    """Image, settings and rights are k3s' own. A pod stays on its node, whatever taints that has or gets."""
    theirs = deployment["spec"]["template"]
    spec = {key: value for key, value in theirs["spec"].items() if key not in ("topologySpreadConstraints", "affinity")}
    spec["tolerations"] = [{"operator": "Exists"}]
    for container in spec["containers"]:
        # One name server for each node has less to do than one for all.
        container.setdefault("resources", {}).setdefault("requests", {})["cpu"] = "10m"
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": deployment["metadata"]["namespace"], "labels": OWN},
        "spec": {
            "revisionHistoryLimit": 1,
            "selector": {"matchLabels": OWN},
            # All at once, each beside the old one. A limit would make the others wait for a node that is lost.
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "100%", "maxUnavailable": 0}},
            "template": {"metadata": {"labels": {**theirs["metadata"]["labels"], **OWN}}, "spec": spec},
        },
    }


if __name__ == "__main__":
    print(json.dumps(daemon_set(json.load(sys.stdin))))
