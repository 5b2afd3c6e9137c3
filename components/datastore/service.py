"""How pods reach their databases: a Service that leads to a port of the pod's own host."""

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes import core, discovery, meta

from components.cluster.k3s import K3s
from components.datastore.endpoint import SERVICE_NAME as NAME
from components.datastore.endpoint import SERVICE_NAMESPACE as NAMESPACE
from components.datastore.endpoint import PodAccess
from components.datastore.kind import Datastore
from components.hosts.host import Host

OURS = "tailnet-k3s"


def expose_databases(name: str, datastore: Datastore, cluster: K3s, nodes: Mapping[str, Host]) -> None:
    """Creates the Service, if the datastore has databases for pods. `nodes`: all hosts of the cluster."""
    if datastore.for_pods:
        DatabaseService(name, datastore.for_pods, cluster, nodes)


class DatabaseService(pulumi.ComponentResource):
    """Packets to it stay on the pod's host. The host's proxy reaches the datastore: the overlay is for hosts only."""

    def __init__(
        self,
        name: str,
        access: PodAccess,
        cluster: K3s,
        nodes: Mapping[str, Host],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("tailnet-k3s:datastore:DatabaseService", name, None, opts)
        labels = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/managed-by": OURS}
        service = core.v1.Service(
            name,
            metadata=meta.v1.ObjectMetaArgs(
                name=NAME,
                namespace=NAMESPACE,
                labels=labels,
                annotations={"pulumi.com/skipAwait": "true"},  # its endpoints come after it
            ),
            spec=core.v1.ServiceSpecArgs(
                internal_traffic_policy="Local",
                ports=[
                    core.v1.ServicePortArgs(
                        name=access.protocol, port=access.service_port, target_port=access.host_port
                    )
                ],
            ),
            opts=cluster.inside(self),
        )
        of_service = {"kubernetes.io/service-name": NAME, "endpointslice.kubernetes.io/managed-by": OURS}
        discovery.v1.EndpointSlice(
            name,
            metadata=meta.v1.ObjectMetaArgs(name=NAME, namespace=NAMESPACE, labels={**labels, **of_service}),
            address_type="IPv4",
            endpoints=[
                discovery.v1.EndpointArgs(
                    addresses=[host.address],
                    conditions=discovery.v1.EndpointConditionsArgs(ready=True),
                    node_name=host.name,
                )
                for host in nodes.values()
            ],
            ports=[discovery.v1.EndpointPortArgs(name=access.protocol, port=access.host_port, protocol="TCP")],
            opts=cluster.inside(self, [*cluster.ready, *access.ready, service]),
        )
        self.register_outputs({})
