"""What the cluster needs to know about its datastore, whatever kind it is."""

from dataclasses import dataclass

import pulumi

SERVICE_NAME, SERVICE_NAMESPACE = "databases", "kube-system"
PODS_HOST = f"{SERVICE_NAME}.{SERVICE_NAMESPACE}.svc"
"""The name under which pods of all namespaces reach their databases: service.py creates the Service."""


@dataclass(frozen=True)
class Endpoint:
    """How a k3s server reaches the datastore from its own host."""

    url: pulumi.Output[str] | None
    """k3s's `datastore-endpoint`. A secret: it contains the password. None: k3s has a file of its own."""
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
class PodAccess:
    """How pods reach their own databases: by a Service that leads to a port of the pod's host."""

    protocol: str
    """Name of the Service's port, for people."""
    service_port: int
    """The Service's port."""
    host_port: int
    """The port of every node, at its address in the overlay."""
    ready: tuple[pulumi.Resource, ...]
    """Once these exist, all nodes listen on `host_port`."""
