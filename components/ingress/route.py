"""The one way to publish an app: a host name of the domain that leads, by the edge and Traefik, to a Service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.cluster.k3s import K3s
from components.edge.records import point_at
from components.hosts.host import Host
from components.ingress.tls import API


@dataclass(frozen=True)
class Door:
    """What every route needs to know of the way in."""

    cluster: K3s
    domain: str
    zone_id: str
    hosts: Mapping[str, Host]
    """The ingress hosts, by name."""
    ready: tuple[pulumi.Resource, ...]
    """The way in is open."""


@dataclass(frozen=True)
class RouteArgs:
    """`host` in full: the domain, or one label before it. The Service is in `namespace`, and so is what is made."""

    host: str
    namespace: pulumi.Input[str]
    service: pulumi.Input[str]
    port: int
    door: Door
    middlewares: Sequence[str] = ()
    """Names of Middlewares in the namespace, in the order in which requests pass them."""


class Route(pulumi.ComponentResource):
    """`https://HOST/`, with the origin certificate, and with records at all ingress hosts."""

    url: str

    def __init__(self, name: str, args: RouteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:ingress:Route", name, None, opts)
        door = args.door
        rule = {
            "kind": "Rule",
            "match": f"Host(`{args.host}`)",
            # Of two pods the one with fewer requests under way: not the one that is gone, and hasn't answered its last.
            "services": [{"name": args.service, "port": args.port, "strategy": "p2c"}],
            **({"middlewares": [{"name": one} for one in args.middlewares]} if args.middlewares else {}),
        }
        route = CustomResource(
            name,
            api_version=API,
            kind="IngressRoute",
            metadata=ObjectMetaArgs(name=name, namespace=args.namespace),
            spec={"entryPoints": ["websecure"], "routes": [rule], "tls": {}},
            opts=door.cluster.inside(self, door.ready),
        )
        # Last, so that the first visitor of a name finds somebody there.
        options = pulumi.ResourceOptions(parent=self, depends_on=[route])
        point_at(args.host, door.zone_id, door.hosts, options)
        self.url = f"https://{args.host}/"
        self.register_outputs({"url": self.url})
