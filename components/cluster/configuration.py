"""What k3s is told on each node, but for secrets, the network's interface and address: k3s_node.sh adds those."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from components.hosts.host import Host
from components.proxy.sections import REGISTRATION_PORT
from components.settings.k3s import K3s

ROLE_LABEL = "node-role.kubernetes.io/"


def server_config(host: Host, settings: K3s, address: str) -> str:
    """config.yaml of a server. It needs no other server's address: they share the datastore and the token."""
    options = {
        name: list(value) if isinstance(value, tuple) else value for name, value in settings.server_options.items()
    }
    return _text(
        {
            **_node(host, address),
            # Else k3s tells the others to come to node-external-ip, if there is one: a private address of one cloud.
            "advertise-address": address,
            "tls-san": [host.name, address],
            "cluster-cidr": str(settings.cluster_cidr),
            "service-cidr": str(settings.service_cidr),
            "disable": list(settings.disable),
            "write-kubeconfig-mode": "0600",
            **options,
        }
    )


def agent_config(host: Host, address: str) -> str:
    """config.yaml of an agent: it joins by its own host's balancer, so by whichever server is well."""
    return _text({**_node(host, address), "server": f"https://127.0.0.1:{REGISTRATION_PORT}"})


def registries(mirrors: Mapping[str, Sequence[str]]) -> str:
    """registries.yaml: for each registry, where to ask for its images first."""
    return _text({"mirrors": {name: {"endpoint": list(endpoints)} for name, endpoints in mirrors.items()}})


def node_labels(host: Host) -> dict[str, str]:
    """Labels of the settings, and the roles that k3s doesn't label by itself (servers are `control-plane`)."""
    roles = sorted(host.roles - {"server"})
    return {**host.labels, **{f"{ROLE_LABEL}{role}": "true" for role in roles}}


def _node(host: Host, address: str) -> dict[str, Any]:
    # Taints hold from the node's first moment, before a pod can land there; later changes, and labels, are node.sh's:
    # k3s reads these only when the node is new.
    taints = {"node-taint": list(host.taints)} if host.taints else {}
    return {"node-name": host.name, "node-ip": address, **taints}


def _text(values: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(values), sort_keys=False)
