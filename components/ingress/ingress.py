"""Traefik on every ingress host. It receives all requests from outside the cluster."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import ConfigMap, Namespace, Service, ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.artefacts import traefik_crds
from components.hosts.host import Host
from components.ingress.access import allow_reading
from components.ingress.configuration import (
    ATTEMPTS,
    HEADERS,
    NAME,
    NAMESPACE,
    RETRY,
    WEBSECURE_PORT,
    gateways,
    service_address,
    static_configuration,
)
from components.ingress.entry import EntryArgs
from components.ingress.ipv6 import accept_ipv6
from components.ingress.tls import API, TlsArgs, serve_tls
from components.ingress.workload import LABELS, WorkloadArgs, run_traefik
from components.remote import Step, StepArgs

HERE = Path(__file__).parent
# servicelb publishes addresses only of nodes with its pod. So its pods tolerate the hosts' taints, as Traefik does.
EVERYWHERE = {"svccontroller.k3s.cattle.io/tolerations": '[{"operator": "Exists"}]'}


@dataclass(frozen=True)
class IngressArgs:
    """Arguments of Traefik, with at least one host. `domain`: the certificate's domain."""

    entry: EntryArgs
    domain: str
    certificate: pulumi.Input[str]
    private_key: pulumi.Input[str]
    authority: pulumi.Input[str] | None = None
    """CA of the client certificate that clients must present, in PEM. None: they need none."""


class Ingress(pulumi.ComponentResource):
    """Serves ports 80 and 443 of every ingress host. Routes depend on `ready`."""

    ready: tuple[pulumi.Resource, ...]
    """Once these exist, every Traefik uses the certificate, and visitors reach it at each public address of its
    host."""

    def __init__(self, name: str, args: IngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:ingress:Ingress", name, None, opts)
        self._name, self._args = name, args
        # Do this first: it restarts the host's HAProxy, which ends the sessions between k3s and the database.
        ipv6 = self._accept_ipv6()
        definitions = self._define_resources(ipv6)
        ready = self._in_cluster(*args.entry.cluster.ready, *ipv6)
        namespace = Namespace(name, metadata=ObjectMetaArgs(name=NAMESPACE), opts=ready)
        inside = self._in_cluster(namespace)
        defined = self._in_cluster(namespace, definitions)

        account = allow_reading(name, inside)
        tls = serve_tls(name, TlsArgs(args.entry.ingress, args.certificate, args.private_key, args.authority), defined)
        rules = [*self._add_middlewares(defined), *self._serve_dashboard(defined)]
        configuration = self._configure(inside)
        # Create rules and certificates before pods, so that Traefik never answers without them.
        pods = run_traefik(
            name,
            WorkloadArgs(
                settings=args.entry.ingress,
                taints=tuple(sorted({taint for host in args.entry.hosts.values() for taint in host.taints})),
                lost_seconds=args.entry.k3s.lost_seconds,
                account=account.metadata.name,
                configuration=configuration.metadata.name,
            ),
            self._in_cluster(account, *tls, *rules),
        )
        serves = self._await_certificate([pods, self._balance(inside), *tls])
        self.ready = (serves, *ipv6)
        self.register_outputs({})

    def _define_resources(self, after: list[Step]) -> Step:
        artefact = traefik_crds(self._args.entry.downloads.mirror)
        values = {"URL": artefact.url, "SHA256": artefact.sha256}
        step = StepArgs(self._args.entry.cluster.by, HERE / "crds.sh", values)
        options = pulumi.ResourceOptions(parent=self, depends_on=[*self._args.entry.cluster.ready, *after])
        return Step(f"{self._name}-crds", step, options)

    def _configure(self, opts: pulumi.ResourceOptions) -> ConfigMap:
        nodes = gateways(self._args.entry.k3s.cluster_cidr) if self._with_ipv6() else ()
        text = static_configuration(self._args.entry.ingress, self._args.entry.visitors.all, nodes)
        metadata = ObjectMetaArgs(namespace=NAMESPACE)
        return ConfigMap(self._name, metadata=metadata, data={"traefik.yaml": text}, immutable=True, opts=opts)

    def _add_middlewares(self, opts: pulumi.ResourceOptions) -> list[CustomResource]:
        """Middlewares for all requests.

        They remove X-Real-Ip: Cloudflare forwards a visitor's own value, and Traefik would trust it. They retry another
        pod if one accepts no connection, because that pod has not received the request.
        """
        specs = {
            HEADERS: {"headers": {"customRequestHeaders": {"X-Real-Ip": ""}}},
            RETRY: {"retry": {"attempts": ATTEMPTS}},
        }
        return [
            CustomResource(
                f"{self._name}-{name}",
                api_version=API,
                kind="Middleware",
                metadata=ObjectMetaArgs(name=name, namespace=NAMESPACE),
                spec=spec,
                opts=opts,
            )
            for name, spec in specs.items()
        ]

    def _serve_dashboard(self, opts: pulumi.ResourceOptions) -> list[CustomResource]:
        if not self._args.entry.ingress.dashboard:
            return []
        route = {
            "kind": "Rule",
            "match": "PathPrefix(`/api`) || PathPrefix(`/dashboard`)",
            "services": [{"kind": "TraefikService", "name": "api@internal"}],
        }
        return [
            CustomResource(
                f"{self._name}-dashboard",
                api_version=API,
                kind="IngressRoute",
                metadata=ObjectMetaArgs(name="dashboard", namespace=NAMESPACE),
                spec={"entryPoints": ["dashboard"], "routes": [route]},
                opts=opts,
            )
        ]

    def _balance(self, opts: pulumi.ResourceOptions) -> Service:
        """The Service for visitors. With host ports, only the hosts themselves use it."""
        outside: dict[str, str] = {}
        balanced = self._args.entry.ingress.ports == "load-balancer"
        if balanced:
            outside = {"type": "LoadBalancer", "external_traffic_policy": self._args.entry.ingress.traffic_policy}
        return Service(
            self._name,
            metadata=ObjectMetaArgs(name=NAME, namespace=NAMESPACE, annotations=EVERYWHERE if balanced else None),
            spec=ServiceSpecArgs(
                **outside,
                cluster_ip=service_address(self._args.entry.k3s.service_cidr),
                selector=LABELS,
                ports=[
                    ServicePortArgs(name="web", port=80, target_port="web"),
                    ServicePortArgs(name="websecure", port=443, target_port="websecure"),
                ],
            ),
            opts=opts,
        )

    def _await_certificate(self, after: list[pulumi.Resource]) -> Step:
        values = {
            "NAMESPACE": NAMESPACE,
            "SELECTOR": ",".join(f"{key}={value}" for key, value in LABELS.items()),
            "PORT": str(WEBSECURE_PORT),
            "DOMAIN": self._args.domain,
            "CERTIFICATE": self._args.certificate,
        }
        step = StepArgs(self._args.entry.cluster.by, HERE / "serves.sh", values)
        return Step(f"{self._name}-serves", step, pulumi.ResourceOptions(parent=self, depends_on=after))

    def _with_ipv6(self) -> list[Host]:
        return [host for host in self._args.entry.hosts.values() if host.public.ipv6 is not None]

    def _accept_ipv6(self) -> list[Step]:
        service = service_address(self._args.entry.k3s.service_cidr)
        children = pulumi.ResourceOptions(parent=self)
        return [accept_ipv6(f"{self._name}-ipv6-{host.name}", host, service, children) for host in self._with_ipv6()]

    def _in_cluster(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return self._args.entry.cluster.inside(self, after)
