"""Settings of the ingress: Traefik on hosts with the role `ingress`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from components.settings.part import Part


def tls_version(value: object) -> object:
    """A TLS version as text. YAML reads 1.2 as a number."""
    return str(value) if isinstance(value, float) else value


class Ingress(Part):
    """Traefik on each host with the role `ingress`."""

    ports: Literal["load-balancer", "host"] = "load-balancer"
    """How Traefik gets ports 80 and 443: from a Service of k3s' servicelb, or as host ports."""
    traffic_policy: Literal["Local", "Cluster"] = "Local"
    """External traffic policy of the Service. With Local, a host uses its own Traefik only, and keeps visitors'
    addresses."""
    dashboard: bool = False
    """Whether to serve Traefik's dashboard, in the tailnet only."""
    replicas: int | None = Field(default=None, ge=1, le=100)
    """Number of Traefik's pods. None: one on each ingress host."""
    minimum_tls: Annotated[Literal["1.2", "1.3"], BeforeValidator(tls_version)] = "1.2"
    """Lowest TLS version that Traefik accepts."""
