"""One site of the user: its pods, variables, volumes and route."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import (
    PersistentVolumeClaim,
    PersistentVolumeClaimSpecArgs,
    Secret,
    Service,
    ServicePortArgs,
    ServiceSpecArgs,
    VolumeResourceRequirementsArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget, PodDisruptionBudgetSpecArgs

from components.apps.workload import PORT_NAME, WorkloadArgs, labels_of, run_app
from components.ingress.route import Entry, Route, RouteArgs
from components.settings.apps import App as Settings

SERVICE_PORT = 80


@dataclass(frozen=True)
class AppArgs:
    """The namespace may contain other apps."""

    settings: Settings
    namespace: str
    entry: Entry
    after: tuple[pulumi.Resource, ...] = ()
    """The app must be created after these: the namespace, if the program creates it."""


class App(pulumi.ComponentResource):
    """Online at `url` as soon as it is created."""

    url: str

    def __init__(self, name: str, args: AppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:apps:App", name, None, opts)
        self._name, self._args = name, args
        self._children = args.entry.cluster.inside(self, [*args.entry.cluster.ready, *args.after])
        secret = self._keep_secrets()
        claims = {volume: self._claim(volume) for volume in args.settings.volumes}
        pods = run_app(
            name,
            WorkloadArgs(
                args.settings,
                args.namespace,
                args.entry.cluster.lost_seconds,
                secret.metadata.name if secret else None,
                {volume: claim.metadata.name for volume, claim in claims.items()},
            ),
            self._children,
        )
        self._limit_disruption()
        service = self._serve(pods)
        route = RouteArgs(
            host=args.settings.host,
            namespace=args.namespace,
            service=service.metadata.name,
            port=SERVICE_PORT,
            entry=args.entry,
            middlewares=args.settings.middlewares,
        )
        self.url = Route(name, route, pulumi.ResourceOptions(parent=self)).url
        self.register_outputs({"url": self.url})

    def _keep_secrets(self) -> Secret | None:
        """Its name has a random suffix. A changed secret is a new Secret, so that Kubernetes restarts the pods."""
        if not self._args.settings.secrets:
            return None
        values = {
            key: pulumi.Output.secret(text.get_secret_value()) for key, text in self._args.settings.secrets.items()
        }
        metadata = ObjectMetaArgs(namespace=self._args.namespace)
        return Secret(self._name, metadata=metadata, string_data=values, opts=self._children)

    def _claim(self, volume: str) -> PersistentVolumeClaim:
        """Uses the cluster's default storage class: k3s' local-path, unless it is disabled."""
        size = f"{self._args.settings.volumes[volume].size_gb}Gi"
        return PersistentVolumeClaim(
            f"{self._name}-{volume}",
            metadata=ObjectMetaArgs(name=f"{self._name}-{volume}", namespace=self._args.namespace),
            spec=PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteOnce"],
                resources=VolumeResourceRequirementsArgs(requests={"storage": size}),
            ),
            opts=self._children,
        )

    def _limit_disruption(self) -> None:
        """While hosts are drained, pods move one after another."""
        if self._args.settings.replicas < 2:
            return
        selector = LabelSelectorArgs(match_labels=labels_of(self._name))
        PodDisruptionBudget(
            self._name,
            metadata=ObjectMetaArgs(name=self._name, namespace=self._args.namespace),
            spec=PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=selector),
            opts=self._children,
        )

    def _serve(self, pods: pulumi.Resource) -> Service:
        # Pulumi waits until a pod of the Service is ready. An app with 0 replicas has no pod.
        asleep = {"pulumi.com/skipAwait": "true"} if self._args.settings.replicas == 0 else None
        return Service(
            self._name,
            metadata=ObjectMetaArgs(name=self._name, namespace=self._args.namespace, annotations=asleep),
            spec=ServiceSpecArgs(
                selector=labels_of(self._name),
                ports=[ServicePortArgs(name=PORT_NAME, port=SERVICE_PORT, target_port=PORT_NAME)],
            ),
            opts=pulumi.ResourceOptions.merge(self._children, pulumi.ResourceOptions(depends_on=[pods])),
        )
