"""k3s's config.yaml for each node. k3s_node.sh adds secrets, the network interface and the card's address."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.cluster.encryption import OPTION
from components.cluster.ports import REGISTRATION_PORT
from components.cluster.tolerations import api_defaults
from components.cluster.versions import Version
from components.hosts.host import Host
from components.settings.k3s import K3s

API_ARGUMENTS = "kube-apiserver-arg"
SAME_NODE_SINCE = 34
"""Minor version of Kubernetes that has KEP-3015 switched on."""
ROLE_LABEL = "node-role.kubernetes.io/"
SERVICELB_LABEL = "svccontroller.k3s.cattle.io/enablelb"
"""When any node has this label, k3s' servicelb uses only nodes with the label for LoadBalancer Services."""


def server_config(host: Host, settings: K3s, encrypts: bool, address: str) -> str:
    """config.yaml of a server. It needs no address of another server: all use the same datastore and token.
    `encrypts`: whether Secrets are encrypted in the datastore."""
    options = {
        name: list(value) if isinstance(value, tuple) else value for name, value in settings.server_options.items()
    }
    return _text(
        {
            **_node(host, address),
            # Without it k3s advertises node-external-ip, which is a private address of one cloud.
            "advertise-address": address,
            "tls-san": [host.name, address],
            "cluster-cidr": str(settings.cluster_cidr),
            "service-cidr": str(settings.service_cidr),
            "disable": list(settings.disable),
            "write-kubeconfig-mode": "0600",
            **({OPTION: True} if encrypts else {}),
            **options,
            API_ARGUMENTS: _with(api_defaults(settings.lost_seconds), options.get(API_ARGUMENTS, [])),
        }
    )


def agent_config(host: Host, address: str) -> str:
    """config.yaml of an agent. It joins through its host's HAProxy, so through any healthy server."""
    return _text({**_node(host, address), "server": f"https://127.0.0.1:{REGISTRATION_PORT}"})


def registries(mirrors: Mapping[str, Sequence[str]]) -> str:
    """registries.yaml: the mirrors of each registry, which k3s asks first."""
    return _text({"mirrors": {name: {"endpoint": list(endpoints)} for name, endpoints in mirrors.items()}})


def node_labels(host: Host) -> dict[str, str]:
    """Labels of the settings, and one for each role. (k3s itself labels servers as `control-plane`.) Nodes with role
    `ingress` get SERVICELB_LABEL, so that ports 80 and 443 stay free on all others."""
    roles = sorted(host.roles - {"server"})
    visitors = {SERVICELB_LABEL: "true"} if "ingress" in roles else {}
    return {**host.labels, **{f"{ROLE_LABEL}{role}": "true" for role in roles}, **visitors}


def dns_replicas(hosts: Sequence[Host]) -> int:
    """Number of CoreDNS pods: two, so that one host may fail; one, if taints keep pods off all hosts but one."""
    shut = (":NoSchedule", ":NoExecute")
    return max(1, min(2, sum(not any(taint.endswith(shut) for taint in host.taints) for host in hosts)))


def dns_distribution(version: str) -> str:
    """`trafficDistribution` of the name server's Service: a pod asks its own node first, and then any other. Empty for
    versions of Kubernetes that do not know it."""
    known = Version.parse(version)
    return "PreferSameNode" if known and known.minor >= SAME_NODE_SINCE else ""


def _node(host: Host, address: str) -> dict[str, Any]:
    # Set taints at registration, before the scheduler can place a pod. k3s reads them for a new node only, so node.sh
    # applies later changes. It sets the labels, too.
    taints = {"node-taint": list(host.taints)} if host.taints else {}
    return {"node-name": host.name, "node-ip": address, **taints}


def _with(ours: Sequence[str], given: Any) -> list[str]:
    """Arguments of a program of Kubernetes, with those of the user. The user's own win."""
    theirs = [str(one) for one in (given if isinstance(given, list) else [given])]
    names = {one.lstrip("-").partition("=")[0] for one in theirs}
    return [one for one in ours if one.partition("=")[0] not in names] + theirs


def _text(values: Mapping[str, Any]) -> str:
    """YAML with one option a line and each value as JSON, so every text is in quotes.

    Without quotes k3s reads `1e3` as 1000 and `y` as true. Its YAML parser has other rules than Python's.
    """
    return "".join(f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())
