"""Publishes an app: a host name of the domain leads through the edge and Traefik to a Service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.cluster.k3s import K3s
from components.edge.records import point_at
from components.hosts.host import Host
from components.ingress.tls import API


@dataclass(frozen=True)
class Entry:
    """What every route needs of the entry."""

    cluster: K3s
    domain: str
    zone_id: str
    hosts: Mapping[str, Host]
    """The ingress hosts, by name."""
    ready: tuple[pulumi.Resource, ...]
    """The route must be created after these: then Traefik serves."""
    certificates: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """Certificates in the stack's state, in PEM: `origin`, `origin_pulls`."""


@dataclass(frozen=True)
class RouteArgs:
    """`host`: the full name, which is the domain or has one label before it. `namespace`: of Service and route."""

    host: str
    namespace: pulumi.Input[str]
    service: pulumi.Input[str]
    port: int
    entry: Entry
    middlewares: Sequence[str] = ()
    """Names of Middlewares in the namespace, in their order."""


class Route(pulumi.ComponentResource):
    """`https://HOST/`: a route in Traefik, and DNS records for all ingress hosts."""

    url: str

    def __init__(self, name: str, args: RouteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:ingress:Route", name, None, opts)
        entry = args.entry
        rule = {
            "kind": "Rule",
            "match": f"Host(`{args.host}`)",
            # Prefer the pod with fewer open requests. A lost pod never finishes its last ones, so it gets no more.
            "services": [{"name": args.service, "port": args.port, "strategy": "p2c"}],
            **({"middlewares": [{"name": one} for one in args.middlewares]} if args.middlewares else {}),
        }
        route = CustomResource(
            name,
            api_version=API,
            kind="IngressRoute",
            metadata=ObjectMetaArgs(name=name, namespace=args.namespace),
            spec={"entryPoints": ["websecure"], "routes": [rule], "tls": {}},
            opts=entry.cluster.inside(self, entry.ready),
        )
        # Create DNS records last, so that the first visitor finds a working site.
        options = pulumi.ResourceOptions(parent=self, depends_on=[route])
        point_at(args.host, entry.zone_id, entry.hosts, options)
        self.url = f"https://{args.host}/"
        self.register_outputs({"url": self.url})
