"""IPv6 for visitors, although the cluster has IPv4 only: HAProxy on the host accepts IPv6 connections."""

import pulumi

from components.hosts.host import Host
from components.ingress.configuration import IDLE_SECONDS
from components.proxy.local_proxy import local_proxy
from components.remote import Step

SECTION = "visitors-ipv6"


def accept_ipv6(name: str, host: Host, service: str, opts: pulumi.ResourceOptions) -> Step:
    """Forwards ports 80 and 443 of the host's IPv6 addresses to Traefik. The PROXY protocol passes the visitor's
    address.

    `service`: address of Traefik's Service. Traefik accepts the PROXY protocol from the hosts' addresses. The Service
    reaches another Traefik while this host's own one restarts.
    """
    return local_proxy(name, host, SECTION, section(service), opts)


def section(address: str) -> str:
    """HAProxy's section that forwards ports 80 and 443 to the same ports of an IPv4 address."""
    idle = f"{IDLE_SECONDS + 10}s"
    parts = (
        (
            f"listen visitors-{port}",
            f"  bind :::{port} v6only",
            f"  timeout client {idle}",
            f"  timeout server {idle}",
            f"  server traefik {address}:{port} send-proxy-v2",
        )
        for port in (80, 443)
    )
    return "\n".join(line for part in parts for line in (*part, ""))
