"""What Traefik is told when it starts: its entry points, whose word it takes, and how it stops. Routes come later."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Any

import yaml

from components.settings.ingress import Ingress

NAMESPACE = NAME = "traefik"
"""Namespace of the way in, and name of its objects there."""
HEADERS, RETRY = "visitors-headers", "try-another-pod"
"""The Middlewares that every request passes first, by their names in the namespace."""

# Within the pod, where no port below 1024 is needed: the Service, or the host's ports, lead to them.
WEB_PORT, WEBSECURE_PORT, PING_PORT, DASHBOARD_PORT = 8000, 8443, 8082, 9000
NODE_PREFIX = 24
"""Length of each node's part of the pod range, as k3s has it by default."""
ACCEPT_SECONDS, FINISH_SECONDS = 10, 30
"""How long a Traefik that is to stop takes new requests, until nobody sends it any; and to answer those it has."""
DIAL_SECONDS, ATTEMPTS = 1, 8
"""How long a pod may take to accept a connection, and how many are tried: those of a lost host stay listed a minute."""
UPLOAD_SECONDS = 3600
IDLE_SECONDS = 920
"""Longer than Cloudflare keeps a connection without requests (900 s): it must not send one while we hang up."""


def static_configuration(settings: Ingress, visitors: Sequence[str], gateways: Sequence[str]) -> str:
    """traefik.yaml. `visitors`: ranges of the edge; `gateways`: who may put the PROXY protocol in front."""
    common: dict[str, Any] = {
        # Who comes from elsewhere loses the headers in which it says on whose behalf.
        "forwardedHeaders": {"trustedIPs": list(visitors)},
        "transport": {
            "lifeCycle": {"requestAcceptGraceTimeout": f"{ACCEPT_SECONDS}s", "graceTimeOut": f"{FINISH_SECONDS}s"},
            "respondingTimeouts": {"readTimeout": f"{UPLOAD_SECONDS}s", "idleTimeout": f"{IDLE_SECONDS}s"},
        },
    }
    if gateways:
        common["proxyProtocol"] = {"trustedIPs": list(gateways)}
    configuration: dict[str, Any] = {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "INFO", "noColor": True},
        "entryPoints": {
            "web": {
                "address": f":{WEB_PORT}",
                "http": {"redirections": {"entryPoint": {"to": ":443", "scheme": "https", "permanent": True}}},
                **common,
            },
            "websecure": {
                "address": f":{WEBSECURE_PORT}",
                "asDefault": True,
                "http": {"tls": {}, "middlewares": [f"{NAMESPACE}-{name}@kubernetescrd" for name in (HEADERS, RETRY)]},
                **common,
            },
            "ping": {"address": f":{PING_PORT}"},
        },
        "ping": {"entryPoint": "ping"},
        "serversTransport": {"forwardingTimeouts": {"dialTimeout": f"{DIAL_SECONDS}s"}},
        # An app without a pod for a moment is answered for with 503, as a 404 would be believed.
        "providers": {"kubernetesCRD": {"disableClusterScopeResources": True, "allowEmptyServices": True}},
    }
    if settings.dashboard:
        # Within the pod alone, so that the only way there is `kubectl port-forward`: by the API, and so the tailnet.
        configuration["entryPoints"]["dashboard"] = {"address": f"127.0.0.1:{DASHBOARD_PORT}"}
        configuration["api"] = {"dashboard": True, "disableDashboardAd": True}
    return _Plain.text(configuration)


def gateways(cluster_cidr: IPv4Network) -> tuple[str, ...]:
    """The addresses with which nodes themselves come to pods: the first two of each node's part of the pod range.

    No pod can have them (flannel's own, and the bridge's), so only a node can be behind them.
    """
    parts = cluster_cidr.subnets(new_prefix=max(NODE_PREFIX, cluster_cidr.prefixlen))
    return tuple(f"{part.network_address}/31" for part in parts)


def service_address(service_cidr: IPv4Network) -> str:
    """The address of Traefik's Service: the one after the cluster's name server (10), where Kubernetes gives out none.

    Chosen here, so that a host's HAProxy can be told before there is a cluster.
    """
    return str(service_cidr[11])


class _Plain(yaml.SafeDumper):
    """Without references between the places that have the same value."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    @classmethod
    def text(cls, data: Any) -> str:
        return yaml.dump(data, Dumper=cls, sort_keys=False)
