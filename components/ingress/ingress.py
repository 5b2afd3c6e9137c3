"""Traefik on every ingress host: the only program that visitors' requests reach from outside of the cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import ConfigMap, Namespace, Service, ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.artefacts import traefik_crds
from components.cluster.k3s import K3s
from components.edge.ranges import VisitorRanges
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
from components.ingress.ipv6 import accept_ipv6
from components.ingress.tls import API, TlsArgs, serve_tls
from components.ingress.workload import LABELS, WorkloadArgs, run_traefik
from components.remote import Step, StepArgs
from components.settings.downloads import Downloads
from components.settings.ingress import Ingress as Settings
from components.settings.k3s import K3s as K3sSettings

HERE = Path(__file__).parent
# Where servicelb has no pod it lists no address: hosts with taints are as good for it as they are for Traefik.
EVERYWHERE = {"svccontroller.k3s.cattle.io/tolerations": '[{"operator": "Exists"}]'}


@dataclass(frozen=True)
class IngressArgs:
    """Hosts by name, those with the role; at least one. `domain` is what the certificate is for."""

    settings: Settings
    cluster: K3s
    k3s: K3sSettings
    hosts: Mapping[str, Host]
    visitors: VisitorRanges
    domain: str
    certificate: pulumi.Input[str]
    private_key: pulumi.Input[str]
    authority: pulumi.Input[str] | None = None
    """CA of the client certificate that every visitor must show, PEM. None: they need none."""
    downloads: Downloads = field(default_factory=Downloads)


class Ingress(pulumi.ComponentResource):
    """Ports 80 and 443 of every ingress host, served. Routes depend on `ready`."""

    ready: tuple[pulumi.Resource, ...]
    """Every Traefik shows the certificate, and visitors reach it in each family that its host has an address of."""

    def __init__(self, name: str, args: IngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:ingress:Ingress", name, None, opts)
        self._name, self._args = name, args
        # First of all: the host's HAProxy starts anew for it, and ends the sessions that k3s has with the database.
        ipv6 = self._accept_ipv6()
        definitions = self._define_resources(ipv6)
        ready = self._in_cluster(*args.cluster.ready, *ipv6)
        namespace = Namespace(name, metadata=ObjectMetaArgs(name=NAMESPACE), opts=ready)
        inside = self._in_cluster(namespace)
        defined = self._in_cluster(namespace, definitions)

        account = allow_reading(name, inside)
        tls = serve_tls(name, TlsArgs(args.settings, args.certificate, args.private_key, args.authority), defined)
        rules = [*self._add_middlewares(defined), *self._serve_dashboard(defined)]
        configuration = self._configure(inside)
        # Rules and certificates before pods: a Traefik never answers for a moment without them.
        pods = run_traefik(
            name,
            WorkloadArgs(args.settings, account.metadata.name, configuration.metadata.name),
            self._in_cluster(account, *tls, *rules),
        )
        serves = self._await_certificate([pods, self._balance(inside), *tls])
        self.ready = (serves, *ipv6)
        self.register_outputs({})

    def _define_resources(self, after: list[Step]) -> Step:
        artefact = traefik_crds(self._args.downloads)
        values = {"URL": artefact.url, "SHA256": artefact.sha256}
        step = StepArgs(self._args.cluster.first, HERE / "crds.sh", values)
        options = pulumi.ResourceOptions(parent=self, depends_on=[*self._args.cluster.ready, *after])
        return Step(f"{self._name}-crds", step, options)

    def _configure(self, opts: pulumi.ResourceOptions) -> ConfigMap:
        nodes = gateways(self._args.k3s.cluster_cidr) if self._with_ipv6() else ()
        text = static_configuration(self._args.settings, self._args.visitors.all, nodes)
        metadata = ObjectMetaArgs(namespace=NAMESPACE)
        return ConfigMap(self._name, metadata=metadata, data={"traefik.yaml": text}, immutable=True, opts=opts)

    def _add_middlewares(self, opts: pulumi.ResourceOptions) -> list[CustomResource]:
        """What holds for all requests.

        X-Real-Ip is taken away: Cloudflare passes on what a visitor writes there, and Traefik would believe it. A pod
        that accepts no connection has not seen the request: another one can have it.
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
        if not self._args.settings.dashboard:
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
        """Where visitors arrive; with host ports, where only the hosts themselves do."""
        outside: dict[str, str] = {}
        balanced = self._args.settings.ports == "load-balancer"
        if balanced:
            outside = {"type": "LoadBalancer", "external_traffic_policy": self._args.settings.traffic_policy}
        return Service(
            self._name,
            metadata=ObjectMetaArgs(name=NAME, namespace=NAMESPACE, annotations=EVERYWHERE if balanced else None),
            spec=ServiceSpecArgs(
                **outside,
                cluster_ip=service_address(self._args.k3s.service_cidr),
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
        step = StepArgs(self._args.cluster.first, HERE / "serves.sh", values)
        return Step(f"{self._name}-serves", step, pulumi.ResourceOptions(parent=self, depends_on=after))

    def _with_ipv6(self) -> list[Host]:
        return [host for host in self._args.hosts.values() if host.public.ipv6 is not None]

    def _accept_ipv6(self) -> list[Step]:
        service = service_address(self._args.k3s.service_cidr)
        children = pulumi.ResourceOptions(parent=self)
        return [accept_ipv6(f"{self._name}-ipv6-{host.name}", host, service, children) for host in self._with_ipv6()]

    def _in_cluster(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return self._args.cluster.inside(self, after)
