"""Traefik's pods: one on each ingress host, or as many as in the settings. They have only the rights that they use."""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apps.v1 import (
    DaemonSet,
    DaemonSetSpecArgs,
    DaemonSetUpdateStrategyArgs,
    Deployment,
    DeploymentSpecArgs,
    DeploymentStrategyArgs,
    RollingUpdateDaemonSetArgs,
    RollingUpdateDeploymentArgs,
)
from pulumi_kubernetes.core.v1 import (
    CapabilitiesArgs,
    ConfigMapVolumeSourceArgs,
    ContainerArgs,
    ContainerPortArgs,
    EmptyDirVolumeSourceArgs,
    EnvVarArgs,
    HTTPGetActionArgs,
    PodSecurityContextArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    ProbeArgs,
    ResourceRequirementsArgs,
    SeccompProfileArgs,
    SecurityContextArgs,
    TolerationArgs,
    TopologySpreadConstraintArgs,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs

from components.artefacts import TRAEFIK_IMAGE
from components.cluster.configuration import ROLE_LABEL
from components.cluster.tolerations import of_lost_host, of_taints
from components.ingress.configuration import (
    ACCEPT_SECONDS,
    FINISH_SECONDS,
    NAME,
    NAMESPACE,
    PING_PORT,
    WEB_PORT,
    WEBSECURE_PORT,
)
from components.settings.ingress import Ingress

LABELS = {"app.kubernetes.io/name": "traefik"}
USER = 65532
MEMORY_MB = 256
SPARE_SECONDS = 10


@dataclass(frozen=True)
class WorkloadArgs:
    """Service account, and the ConfigMap with traefik.yaml. A new ConfigMap restarts all pods."""

    settings: Ingress
    taints: tuple[str, ...]
    """Taints of ingress hosts."""
    lost_seconds: int
    """Seconds until a pod of a lost host starts on another ingress host, if it may move."""
    account: pulumi.Input[str]
    configuration: pulumi.Input[str]


def run_traefik(name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions) -> DaemonSet | Deployment:
    """Ready when all pods are ready. An update loses no request.

    A host's new pod is ready before its old one stops. With host ports, both can't run at once: then one host at a time
    has no Traefik, and the edge uses another host.
    """
    metadata = ObjectMetaArgs(name=NAME, namespace=NAMESPACE, labels=LABELS)
    selector = LabelSelectorArgs(match_labels=LABELS)
    template = PodTemplateSpecArgs(metadata=ObjectMetaArgs(labels=LABELS), spec=_pod(args))
    surge, unavailable = (0, 1) if args.settings.ports == "host" else (1, 0)
    if args.settings.replicas is None:
        update = RollingUpdateDaemonSetArgs(max_surge=surge, max_unavailable=unavailable)
        return DaemonSet(
            name,
            metadata=metadata,
            spec=DaemonSetSpecArgs(
                selector=selector,
                template=template,
                update_strategy=DaemonSetUpdateStrategyArgs(type="RollingUpdate", rolling_update=update),
            ),
            opts=opts,
        )
    rolling = RollingUpdateDeploymentArgs(max_surge=surge, max_unavailable=unavailable)
    return Deployment(
        name,
        metadata=metadata,
        spec=DeploymentSpecArgs(
            replicas=args.settings.replicas,
            selector=selector,
            template=template,
            strategy=DeploymentStrategyArgs(type="RollingUpdate", rolling_update=rolling),
        ),
        opts=opts,
    )


def _pod(args: WorkloadArgs) -> PodSpecArgs:
    return PodSpecArgs(
        service_account_name=args.account,
        automount_service_account_token=True,
        enable_service_links=False,
        node_selector={f"{ROLE_LABEL}ingress": "true"},
        tolerations=[TolerationArgs(**one) for one in _tolerations(args)],
        topology_spread_constraints=[
            TopologySpreadConstraintArgs(
                max_skew=1,
                topology_key="kubernetes.io/hostname",
                when_unsatisfiable="ScheduleAnyway",
                label_selector=LabelSelectorArgs(match_labels=LABELS),
            )
        ]
        if args.settings.replicas
        else None,
        priority_class_name="system-cluster-critical",  # apps are evicted first
        termination_grace_period_seconds=ACCEPT_SECONDS + FINISH_SECONDS + SPARE_SECONDS,
        security_context=PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=USER,
            run_as_group=USER,
            seccomp_profile=SeccompProfileArgs(type="RuntimeDefault"),
        ),
        containers=[_container(args.settings.ports == "host")],
        volumes=[
            VolumeArgs(name="configuration", config_map=ConfigMapVolumeSourceArgs(name=args.configuration)),
            VolumeArgs(name="temporary", empty_dir=EmptyDirVolumeSourceArgs(size_limit="64Mi")),
        ],
    )


def _tolerations(args: WorkloadArgs) -> list[dict[str, Any]]:
    """Ingress hosts exist for these pods. A DaemonSet's pod stays on its host. Others may move, and a toleration of
    everything would keep them on a lost host."""
    if args.settings.replicas is None:
        return [{"operator": "Exists"}]
    return [*of_lost_host(args.lost_seconds), *of_taints(args.taints)]


def _container(host_ports: bool) -> ContainerArgs:
    return ContainerArgs(
        name="traefik",
        image=TRAEFIK_IMAGE,
        args=["--configFile=/etc/traefik/traefik.yaml"],
        env=[EnvVarArgs(name="GOMEMLIMIT", value=f"{MEMORY_MB * 9 // 10}MiB")],
        ports=[
            ContainerPortArgs(name="web", container_port=WEB_PORT, host_port=80 if host_ports else None),
            ContainerPortArgs(name="websecure", container_port=WEBSECURE_PORT, host_port=443 if host_ports else None),
        ],
        readiness_probe=_probe(period_seconds=2, failure_threshold=2),
        liveness_probe=_probe(period_seconds=10, failure_threshold=3),
        startup_probe=_probe(period_seconds=1, failure_threshold=60),
        resources=ResourceRequirementsArgs(
            requests={"cpu": "50m", "memory": "64Mi"}, limits={"memory": f"{MEMORY_MB}Mi"}
        ),
        security_context=SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[
            VolumeMountArgs(name="configuration", mount_path="/etc/traefik", read_only=True),
            VolumeMountArgs(name="temporary", mount_path="/tmp"),  # noqa: S108  # within the container
        ],
    )


def _probe(period_seconds: int, failure_threshold: int) -> ProbeArgs:
    return ProbeArgs(
        http_get=HTTPGetActionArgs(path="/ping", port=PING_PORT),
        period_seconds=period_seconds,
        failure_threshold=failure_threshold,
        timeout_seconds=2,
    )
