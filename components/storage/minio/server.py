"""The server's pod: container, limits, rights and probes."""

from dataclasses import dataclass
from typing import Any

import pulumi

from components.cluster.tolerations import of_lost_host, of_taints
from components.storage.engine import Credentials, EngineArgs

NAME = "minio"
LABELS = {"app.kubernetes.io/name": NAME}
PORT, CONSOLE_PORT = 9000, 9001
USER = 65532
"""User and group id of the server. No user of a host has it."""
ALIAS = "MC_HOST_store"
"""Variable that defines `store` for the client: the server's URL with the administrator's keys."""
HEAP_SHARE = 0.8
"""Share of the memory limit at which Go collects garbage more often, so that the pod is not killed."""


def credentials_data(administrator: Credentials) -> dict[str, pulumi.Input[str]]:
    """Variables with the administrator's keys for server and client, as data of a Secret."""
    alias = pulumi.Output.format("http://{}:{}@127.0.0.1:{}", administrator.access_key, administrator.secret_key, PORT)
    return {
        "MINIO_ROOT_USER": administrator.access_key,
        "MINIO_ROOT_PASSWORD": administrator.secret_key,
        ALIAS: alias,
    }


@dataclass(frozen=True)
class DeploymentInputs:
    """Names of other resources that the pod uses."""

    image: str
    secret: pulumi.Input[str]
    """Secret with the variables of `credentials_data`."""
    fingerprint: pulumi.Input[str]
    """Fingerprint of the Secret. A changed one replaces the pod, because containers read variables only at their
    start."""
    claim: pulumi.Input[str]


def deployment(args: EngineArgs, inputs: DeploymentInputs) -> dict[str, Any]:
    """Spec of its Deployment. Never runs two pods at a time: two servers on one folder would corrupt the data."""
    return {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "revision_history_limit": 2,
        "selector": {"match_labels": LABELS},
        "template": {
            "metadata": {"labels": LABELS, "annotations": {"tailnet-k3s/keys": inputs.fingerprint}},
            "spec": {
                "automount_service_account_token": False,
                "enable_service_links": False,
                "security_context": {
                    "run_as_non_root": True,
                    "run_as_user": USER,
                    "run_as_group": USER,
                    "seccomp_profile": {"type": "RuntimeDefault"},
                },
                # The pod can run nowhere else, so it stays assigned to its host when that is lost.
                "tolerations": [*of_taints(args.host.taints), *of_lost_host(None)],
                "containers": [_container(args, inputs)],
                "volumes": [
                    {"name": "data", "persistent_volume_claim": {"claim_name": inputs.claim}},
                    {"name": "tmp", "empty_dir": {"size_limit": "64Mi"}},
                ],
            },
        },
    }


def _container(args: EngineArgs, inputs: DeploymentInputs) -> dict[str, Any]:
    """The container. It can write to its volumes only."""
    memory = args.settings.memory_mb
    listens = ["--address", f":{PORT}"]
    ports = [{"name": "s3", "container_port": PORT}]
    if args.console_url:
        listens += ["--console-address", f":{CONSOLE_PORT}"]
        ports += [{"name": "console", "container_port": CONSOLE_PORT}]
    return {
        "name": "server",
        "image": inputs.image,
        "command": ["minio", "server", "/data", "--config-dir", "/tmp/minio", *listens],  # noqa: S108 -- in the container
        "env_from": [{"secret_ref": {"name": inputs.secret}}],
        "env": [{"name": name, "value": value} for name, value in _variables(args).items()],
        "ports": ports,
        "resources": {
            "requests": {"cpu": "50m", "memory": f"{memory // 4}Mi"},
            "limits": {"memory": f"{memory}Mi"},
        },
        "security_context": {
            "allow_privilege_escalation": False,
            "capabilities": {"drop": ["ALL"]},
            "read_only_root_filesystem": True,
        },
        "startup_probe": _probe("live", period_seconds=2, failure_threshold=60),
        "liveness_probe": _probe("live", period_seconds=10, failure_threshold=6),
        "readiness_probe": _probe("ready", period_seconds=5, failure_threshold=3),
        "volume_mounts": [{"name": "data", "mount_path": "/data"}, {"name": "tmp", "mount_path": "/tmp"}],  # noqa: S108
    }


def _variables(args: EngineArgs) -> dict[str, str]:
    # Do not set MINIO_SERVER_URL: the console would connect to its own server through the edge. Signed URLs contain the
    # host name of the request, which the routes pass on.
    console = {"MINIO_BROWSER_REDIRECT_URL": args.console_url} if args.console_url else {"MINIO_BROWSER": "off"}
    return {
        **console,
        "GOMEMLIMIT": f"{int(args.settings.memory_mb * HEAP_SHARE)}MiB",
        "MINIO_UPDATE": "off",
    }


def _probe(what: str, **times: int) -> dict[str, Any]:
    return {"http_get": {"path": f"/minio/health/{what}", "port": "s3"}, "timeout_seconds": 5, **times}
