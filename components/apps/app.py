"""One site of the user's own: its pods, what they are told, where they keep data, and the route to them."""

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
from components.ingress.route import Door, Route, RouteArgs
from components.settings.apps import App as Settings

SERVICE_PORT = 80


@dataclass(frozen=True)
class AppArgs:
    """The namespace may have other apps in it."""

    settings: Settings
    namespace: str
    door: Door
    after: tuple[pulumi.Resource, ...] = ()
    """What must be there before: the namespace, if the program makes it."""


class App(pulumi.ComponentResource):
    """Online at `url` once it is made."""

    url: str

    def __init__(self, name: str, args: AppArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:apps:App", name, None, opts)
        self._name, self._args = name, args
        self._children = args.door.cluster.inside(self, [*args.door.cluster.ready, *args.after])
        secret = self._keep_secrets()
        claims = {volume: self._claim(volume) for volume in args.settings.volumes}
        pods = run_app(
            name,
            WorkloadArgs(
                args.settings,
                args.namespace,
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
            door=args.door,
            middlewares=args.settings.middlewares,
        )
        self.url = Route(name, route, pulumi.ResourceOptions(parent=self)).url
        self.register_outputs({"url": self.url})

    def _keep_secrets(self) -> Secret | None:
        """With a name that Pulumi draws: another secret is another Secret, so pods start anew with it."""
        if not self._args.settings.secrets:
            return None
        values = {
            key: pulumi.Output.secret(text.get_secret_value()) for key, text in self._args.settings.secrets.items()
        }
        metadata = ObjectMetaArgs(namespace=self._args.namespace)
        return Secret(self._name, metadata=metadata, string_data=values, opts=self._children)

    def _claim(self, volume: str) -> PersistentVolumeClaim:
        """Of the cluster's default storage class: k3s' local-path, unless it is disabled."""
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
        """While hosts are drained, one pod after the other moves."""
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
        # A Service is waited for until a pod answers for it; an app that is put to sleep has none.
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
