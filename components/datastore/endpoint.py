"""What the cluster needs to know about its datastore, whatever kind it is."""

from dataclasses import dataclass

import pulumi

SERVICE_NAME, SERVICE_NAMESPACE, SERVICE_PORT = "databases", "kube-system", 3306
PODS_ADDRESS = f"{SERVICE_NAME}.{SERVICE_NAMESPACE}.svc:{SERVICE_PORT}"
"""Where pods of all namespaces reach their databases: service.py makes it."""


@dataclass(frozen=True)
class Endpoint:
    """How a k3s server reaches the datastore from its own host."""

    url: pulumi.Output[str]
    """k3s's `datastore-endpoint`. A secret: it contains the password."""
    ready: tuple[pulumi.Resource, ...]
    """The first server must be created after these."""
    ports: tuple[int, ...] = ()
    """TCP ports of the datastore on its hosts. Pods must not reach them."""
    ca: pulumi.Input[str] | None = None
    """The authority of the datastore's certificate, in PEM. None: k3s trusts the system's authorities."""
    certificate: pulumi.Input[str] | None = None
    """The client certificate of k3s, in PEM. None: the datastore requires no certificate."""
    key: pulumi.Input[str] | None = None
    """The private key of `certificate`, in PEM; a secret."""


@dataclass(frozen=True)
class PodsWay:
    """How pods reach their own databases: by a port of their host, at its address in the overlay."""

    port: int
    ready: tuple[pulumi.Resource, ...]
    """Once these exist, the port is there on all nodes."""
