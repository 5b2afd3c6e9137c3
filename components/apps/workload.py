"""An app's pods: of an image that is the user's, so with what any image needs and without what hardly one does."""

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

from components.settings.apps import App as Settings

PORT_NAME = "http"
LEAVE_SECONDS = 5
"""How long a pod that is to stop goes on, until Traefik has heard of it."""
LOST_SECONDS = 30
"""How long a host may be silent until its pods are started elsewhere; Kubernetes' own default is 5 minutes."""


@dataclass(frozen=True)
class WorkloadArgs:
    """`secret`: the Secret with the secret variables. `claims`: PersistentVolumeClaims by the volumes' names."""

    settings: Settings
    namespace: str
    secret: pulumi.Input[str] | None = None
    claims: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


def labels_of(name: str) -> dict[str, str]:
    """What an app's objects have, and what its pods are found by."""
    return {"app.kubernetes.io/name": name}


def run_app(name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions) -> Deployment:
    """Ready when all pods are. A change starts new pods before old ones go, unless they would share a volume."""
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
        tolerations=[
            TolerationArgs(
                key=f"node.kubernetes.io/{state}",
                operator="Exists",
                effect="NoExecute",
                toleration_seconds=LOST_SECONDS,
            )
            for state in ("not-ready", "unreachable")
        ],
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
        # Root within the container, if the image is made so: many are. But no more than that.
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
