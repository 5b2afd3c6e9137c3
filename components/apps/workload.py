"""An app's pods. The image is the user's, so the pods get the rights that most images need, and no more."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_kubernetes.apps.v1 import (
    Deployment,
    DeploymentSpecArgs,
    DeploymentStrategyArgs,
    RollingUpdateDeploymentArgs,
)
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    ContainerPortArgs,
    EnvFromSourceArgs,
    EnvVarArgs,
    HTTPGetActionArgs,
    LifecycleArgs,
    LifecycleHandlerArgs,
    PersistentVolumeClaimVolumeSourceArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ProbeArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    SecretEnvSourceArgs,
    SecurityContextArgs,
    SleepActionArgs,
    TCPSocketActionArgs,
    TolerationArgs,
    TopologySpreadConstraintArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from components.cluster.tolerations import of_lost_host
from components.settings.apps import App as Settings

PORT_NAME = "http"
LEAVE_SECONDS = 5
"""Seconds that a terminating pod keeps serving, until Traefik stops sending requests."""


@dataclass(frozen=True)
class WorkloadArgs:
    """`secret`: name of the Secret with secret variables. `claims`: PersistentVolumeClaims, by the volumes' names."""

    settings: Settings
    namespace: str
    lost_seconds: int
    """Seconds until pods of a lost host start elsewhere."""
    secret: pulumi.Input[str] | None = None
    claims: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


def labels_of(name: str) -> dict[str, str]:
    """Labels of an app's objects, and the selector of its pods."""
    return {"app.kubernetes.io/name": name}


def run_app(name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions) -> Deployment:
    """Ready when all pods are ready. An update starts new pods before old ones stop, unless they share a volume."""
    rolling = RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0)
    strategy = DeploymentStrategyArgs(type="RollingUpdate", rolling_update=rolling)
    return Deployment(
        name,
        metadata=ObjectMetaArgs(name=name, namespace=args.namespace, labels=labels_of(name)),
        spec=DeploymentSpecArgs(
            replicas=args.settings.replicas,
            selector=LabelSelectorArgs(match_labels=labels_of(name)),
            strategy=DeploymentStrategyArgs(type="Recreate") if args.settings.volumes else strategy,
            template=PodTemplateSpecArgs(metadata=ObjectMetaArgs(labels=labels_of(name)), spec=_pod(name, args)),
        ),
        opts=opts,
    )


def _pod(name: str, args: WorkloadArgs) -> PodSpecArgs:
    return PodSpecArgs(
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=PodSecurityContextArgs(seccomp_profile=SeccompProfileArgs(type="RuntimeDefault")),
        tolerations=[TolerationArgs(**one) for one in of_lost_host(args.lost_seconds)],
        topology_spread_constraints=[
            TopologySpreadConstraintArgs(
                max_skew=1,
                topology_key="kubernetes.io/hostname",
                when_unsatisfiable="ScheduleAnyway",
                label_selector=LabelSelectorArgs(match_labels=labels_of(name)),
            )
        ],
        containers=[_container(args)],
        volumes=[
            VolumeArgs(name=volume, persistent_volume_claim=PersistentVolumeClaimVolumeSourceArgs(claim_name=claim))
            for volume, claim in args.claims.items()
        ],
    )


def _container(args: WorkloadArgs) -> ContainerArgs:
    settings = args.settings
    memory = f"{settings.memory_mb}Mi"
    secrets = [EnvFromSourceArgs(secret_ref=SecretEnvSourceArgs(name=args.secret))] if args.secret else None
    return ContainerArgs(
        name="app",
        image=settings.image,
        command=list(settings.command) or None,
        args=list(settings.args) or None,
        env=[EnvVarArgs(name=key, value=value) for key, value in sorted(settings.environment.items())],
        env_from=secrets,
        ports=[ContainerPortArgs(name=PORT_NAME, container_port=settings.port)],
        readiness_probe=_probe(settings, period_seconds=2, failure_threshold=3),
        liveness_probe=_probe(settings, period_seconds=10, failure_threshold=6),
        startup_probe=_probe(settings, period_seconds=1, failure_threshold=300),
        resources=ResourceRequirementsArgs(requests={"cpu": "10m", "memory": memory}, limits={"memory": memory}),
        lifecycle=LifecycleArgs(pre_stop=LifecycleHandlerArgs(sleep=SleepActionArgs(seconds=LEAVE_SECONDS))),
        # Many images run as root, so the container may. It gets no further rights.
        security_context=SecurityContextArgs(allow_privilege_escalation=False),
        volume_mounts=[
            VolumeMountArgs(name=volume, mount_path=settings.volumes[volume].path) for volume in args.claims
        ],
    )


def _probe(settings: Settings, period_seconds: int, failure_threshold: int) -> ProbeArgs:
    health = settings.health
    return ProbeArgs(
        http_get=HTTPGetActionArgs(path=health, port=PORT_NAME) if health else None,
        tcp_socket=None if health else TCPSocketActionArgs(port=PORT_NAME),
        period_seconds=period_seconds,
        failure_threshold=failure_threshold,
        timeout_seconds=2,
    )
