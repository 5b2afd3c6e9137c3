"""How visitors come in by IPv6 to a cluster that has none: HAProxy listens on the host, and says who they are."""

import pulumi

from components.hosts.host import Host
from components.ingress.configuration import IDLE_SECONDS
from components.proxy.local_proxy import local_proxy
from components.remote import Step

SECTION = "visitors-ipv6"


def accept_ipv6(name: str, host: Host, service: str, opts: pulumi.ResourceOptions) -> Step:
    """80 and 443 of the host's IPv6 addresses lead to Traefik, the visitor's address in front (PROXY protocol).

    `service`: address of Traefik's Service. Who comes to it from a host has one of the host's addresses there, which
    Traefik takes that word from; and it has a Traefik even while this host's own starts anew.
    """
    return local_proxy(name, host, SECTION, section(service), opts)


def section(address: str) -> str:
    """HAProxy's text for ports 80 and 443, both led to the same ports of an IPv4 address."""
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
