"""Settings of the ingress: how visitors' requests come in on hosts with that role."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from components.settings.part import Part


def tls_version(value: object) -> object:
    """YAML reads 1.2 as a number."""
    return str(value) if isinstance(value, float) else value


class Ingress(Part):
    """Traefik on each host with the role `ingress`."""

    ports: Literal["load-balancer", "host"] = "load-balancer"
    """How it has ports 80 and 443: by a Service that k3s' servicelb serves, or as the host's own."""
    traffic_policy: Literal["Local", "Cluster"] = "Local"
    """Of the Service: with Local a host passes on to its own Traefik only, and visitors' addresses are kept."""
    dashboard: bool = False
    """Whether Traefik's dashboard is served, in the tailnet only."""
    replicas: int | None = Field(default=None, ge=1, le=100)
    """How many Traefiks there are. None: one on each ingress host."""
    minimum_tls: Annotated[Literal["1.2", "1.3"], BeforeValidator(tls_version)] = "1.2"
    """The oldest TLS that is spoken."""
