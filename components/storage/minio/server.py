"""The server's pod: its program, its limits, what it may touch, and how one tells that it works."""

from dataclasses import dataclass
from typing import Any

import pulumi

from components.hosts.host import Host
from components.storage.engine import Credentials, EngineArgs

NAME = "minio"
LABELS = {"app.kubernetes.io/name": NAME}
PORT, CONSOLE_PORT = 9000, 9001
USER = 65532
"""Number of the user and of the group that it runs as: none that a host has."""
ALIAS = "MC_HOST_store"
"""Variable from which the client learns the server that it calls `store`, and the administrator's keys."""
HEAP_SHARE = 0.8
"""Of the limit of memory: Go collects harder from there on, rather than being killed."""


def credentials_data(administrator: Credentials) -> dict[str, pulumi.Input[str]]:
    """The variables that hold the administrator's keys, for a Secret: the server's own, and the client's."""
    alias = pulumi.Output.format("http://{}:{}@127.0.0.1:{}", administrator.access_key, administrator.secret_key, PORT)
    return {
        "MINIO_ROOT_USER": administrator.access_key,
        "MINIO_ROOT_PASSWORD": administrator.secret_key,
        ALIAS: alias,
    }


@dataclass(frozen=True)
class Given:
    """What the pod is given, by name."""

    image: str
    secret: pulumi.Input[str]
    """With the variables of `credentials_data`."""
    fingerprint: pulumi.Input[str]
    """Of what is in the Secret: containers read their variables once, so another one is another pod."""
    claim: pulumi.Input[str]


def deployment(args: EngineArgs, given: Given) -> dict[str, Any]:
    """The spec of its Deployment: one pod, and never two at a time, for two servers on one folder would spoil it."""
    return {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "revision_history_limit": 2,
        "selector": {"match_labels": LABELS},
        "template": {
            "metadata": {"labels": LABELS, "annotations": {"tailnet-k3s/keys": given.fingerprint}},
            "spec": {
                "automount_service_account_token": False,
                "enable_service_links": False,
                "security_context": {
                    "run_as_non_root": True,
                    "run_as_user": USER,
                    "run_as_group": USER,
                    "seccomp_profile": {"type": "RuntimeDefault"},
                },
                "tolerations": _tolerations(args.host),
                "containers": [_container(args, given)],
                "volumes": [
                    {"name": "data", "persistent_volume_claim": {"claim_name": given.claim}},
                    {"name": "tmp", "empty_dir": {"size_limit": "64Mi"}},
                ],
            },
        },
    }


def _container(args: EngineArgs, given: Given) -> dict[str, Any]:
    """It writes to its volumes alone."""
    memory = args.settings.memory_mb
    listens = ["--address", f":{PORT}"]
    ports = [{"name": "s3", "container_port": PORT}]
    if args.console_url:
        listens += ["--console-address", f":{CONSOLE_PORT}"]
        ports += [{"name": "console", "container_port": CONSOLE_PORT}]
    return {
        "name": "server",
        "image": given.image,
        "command": ["minio", "server", "/data", "--config-dir", "/tmp/minio", *listens],  # noqa: S108 -- in the container
        "env_from": [{"secret_ref": {"name": given.secret}}],
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


def _tolerations(host: Host) -> list[dict[str, str]]:
    """Its host's own taints; and it stays when its host is lost for a while, as it can run nowhere else."""
    own = [_toleration(taint) for taint in host.taints]
    lost = [
        {"key": f"node.kubernetes.io/{state}", "operator": "Exists", "effect": "NoExecute"}
        for state in ("not-ready", "unreachable")
    ]
    return [*own, *lost]


def _variables(args: EngineArgs) -> dict[str, str]:
    # MINIO_SERVER_URL is left out on purpose: the console would then reach its own server by way of the edge. URLs that
    # clients sign have the name by which they asked, which the routes pass on.
    console = {"MINIO_BROWSER_REDIRECT_URL": args.console_url} if args.console_url else {"MINIO_BROWSER": "off"}
    return {
        **console,
        "GOMEMLIMIT": f"{int(args.settings.memory_mb * HEAP_SHARE)}MiB",
        "MINIO_UPDATE": "off",
    }


def _probe(what: str, **times: int) -> dict[str, Any]:
    return {"http_get": {"path": f"/minio/health/{what}", "port": "s3"}, "timeout_seconds": 5, **times}


def _toleration(taint: str) -> dict[str, str]:
    """From `key=value:Effect` or `key:Effect`."""
    left, _, effect = taint.rpartition(":")
    key, has_value, value = left.partition("=")
    if has_value and value:
        return {"key": key, "operator": "Equal", "value": value, "effect": effect}
    return {"key": key, "operator": "Exists", "effect": effect}
