"""Traefik's static configuration: entry points, trusted proxies, and shutdown. Routes are Kubernetes resources."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from typing import Any

import yaml

from components.settings.ingress import Ingress

NAMESPACE = NAME = "traefik"
"""Namespace of the ingress, and name of its objects."""
HEADERS, RETRY = "visitors-headers", "try-another-pod"
"""Names of the Middlewares that every request passes first."""

# Ports in the pod. The Service or host ports map 80 and 443 to them, so the pod needs no port below 1024.
WEB_PORT, WEBSECURE_PORT, PING_PORT, DASHBOARD_PORT = 8000, 8443, 8082, 9000
NODE_PREFIX = 24
"""Prefix length of each node's part of the pod range: k3s' default."""
ACCEPT_SECONDS, FINISH_SECONDS = 10, 30
"""Seconds that a stopping Traefik still accepts requests; then seconds to finish the accepted ones."""
DIAL_SECONDS, ATTEMPTS = 1, 8
"""Time limit for a connection to a pod, and number of pods to try. Pods of a lost host stay listed for a minute."""
UPLOAD_SECONDS = 3600
IDLE_SECONDS = 920
"""Longer than the 900 s for which Cloudflare keeps an idle connection, so that Traefik never closes it first."""


def static_configuration(settings: Ingress, visitors: Sequence[str], gateways: Sequence[str]) -> str:
    """traefik.yaml. `visitors`: ranges of the edge. `gateways`: addresses that may use the PROXY protocol."""
    common: dict[str, Any] = {
        # For all other clients, Traefik removes the headers with forwarded addresses.
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
        # Answer 503 for an app that has no pod at the moment. Clients would take a 404 as final.
        "providers": {"kubernetesCRD": {"disableClusterScopeResources": True, "allowEmptyServices": True}},
    }
    if settings.dashboard:
        # Listens inside the pod only. `kubectl port-forward` reaches it through the API, and so through the tailnet.
        configuration["entryPoints"]["dashboard"] = {"address": f"127.0.0.1:{DASHBOARD_PORT}"}
        configuration["api"] = {"dashboard": True, "disableDashboardAd": True}
    return _Plain.text(configuration)


def gateways(cluster_cidr: IPv4Network) -> tuple[str, ...]:
    """Source addresses of nodes' own connections to pods: the first two of each node's part of the pod range.

    They belong to flannel and to the bridge. No pod can have them.
    """
    parts = cluster_cidr.subnets(new_prefix=max(NODE_PREFIX, cluster_cidr.prefixlen))
    return tuple(f"{part.network_address}/31" for part in parts)


def service_address(service_cidr: IPv4Network) -> str:
    """The address of Traefik's Service: the one after CoreDNS's (10), which Kubernetes does not assign by itself.

    It is fixed, so that a host's HAProxy can be configured before the cluster exists.
    """
    return str(service_cidr[11])


class _Plain(yaml.SafeDumper):
    """Writes equal values in full, without YAML references."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    @classmethod
    def text(cls, data: Any) -> str:
        return yaml.dump(data, Dumper=cls, sort_keys=False)
