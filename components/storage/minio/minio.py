"""MinIO: one server on the storage host, with its data in a folder there. MinIO's own client configures it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random

from components.artefacts import MINIO_IMAGE
from components.remote import CleanupStep, Step, StepArgs
from components.settings.storage import Account, Bucket
from components.storage.engine import Credentials, EngineArgs
from components.storage.minio.lifecycle import RULE, lifecycle
from components.storage.minio.server import (
    CONSOLE_PORT,
    LABELS,
    NAME,
    PORT,
    USER,
    DeploymentInputs,
    credentials_data,
    deployment,
)
from components.storage.policy import policy

HERE = Path(__file__).parent
CLIENT = HERE / "client.sh"
ADMINISTRATOR = "administrator"
ROLLOUT_SECONDS = 1800
"""Time limit of a rollout. A slow connection needs long to download the image."""


class Minio(pulumi.ComponentResource):
    """MinIO's server. Implements `Engine`."""

    service: pulumi.Output[str]
    port = PORT
    console_port: int | None
    administrator: Credentials
    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: EngineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:storage:Minio", name, None, opts)
        self._name, self._args = name, args
        self.console_port = CONSOLE_PORT if args.console_url else None
        password = random.RandomPassword(
            f"{name}-administrator", length=40, special=False, opts=pulumi.ResourceOptions(parent=self)
        )
        self.administrator = Credentials(ADMINISTRATOR, password.result)

        folder = self._prepare_folder()
        self._store = pulumi.Output.unsecret(folder.stdout)
        claim = self._claim_volume(folder)
        self._deployment = self._deploy(self._hide_credentials(), claim)
        service = self._expose()
        self.service = service.metadata.name
        self.ready = (self._deployment, service)
        self.register_outputs({"service": self.service})

    def add_bucket(self, name: str, bucket: Bucket) -> pulumi.Resource:
        """See Engine."""
        return self._step(
            f"bucket-{name}",
            StepArgs(
                self._args.cluster.by,
                (CLIENT, HERE / "bucket.sh"),
                {
                    **self._client_values(),
                    "BUCKET": name,
                    "VERSIONING": "yes" if bucket.versioning else "no",
                    "LIFECYCLE": lifecycle(bucket.expiry_days),
                    "RULE": RULE,
                },
                about=self._args.host,
            ),
            pulumi.ResourceOptions(retain_on_delete=True),  # a preview then shows that the bucket is retained
        )

    def other_buckets(self, after: list[pulumi.Resource]) -> pulumi.Output[list[str]]:
        """See Engine."""
        values = {**self._client_values(), "WANTED": "\n".join(sorted(self._args.settings.buckets))}
        step = self._step(
            "buckets",
            StepArgs(self._args.cluster.by, (CLIENT, HERE / "buckets.sh"), values, about=self._args.host),
            pulumi.ResourceOptions(depends_on=after),
        )
        return pulumi.Output.unsecret(step.stdout).apply(str.split)

    def add_account(
        self, name: str, account: Account, credentials: Credentials, buckets: list[pulumi.Resource]
    ) -> pulumi.Resource:
        """See Engine."""
        by, account_name = self._args.cluster.by, {"ACCOUNT": credentials.access_key}
        # If the whole store is deleted, its accounts need no cleanup.
        gone = pulumi.ResourceOptions(
            parent=self, depends_on=[self._deployment, *buckets], deleted_with=self._deployment
        )
        place = {"NAMESPACE": self._args.namespace, "DEPLOYMENT": NAME}
        leaving = StepArgs(by, (CLIENT, HERE / "account_leave.sh"), {**place, **account_name}, about=self._args.host)
        leave = CleanupStep(f"{self._name}-account-{name}-leave", leaving, [f"{self._name}-account-{name}"], gone)
        return self._step(
            f"account-{name}",
            StepArgs(
                by,
                (CLIENT, HERE / "account.sh"),
                {**self._client_values(), **account_name, "POLICY": policy(account)},
                {"SECRET_KEY": credentials.secret_key},
                about=self._args.host,
            ),
            pulumi.ResourceOptions.merge(gone, pulumi.ResourceOptions(depends_on=[leave])),
        )

    def _prepare_folder(self) -> Step:
        host = self._args.host
        return Step(
            f"{self._name}-folder-{host.name}",
            StepArgs(
                host,
                HERE / "folder.sh",
                {"FOLDER": self._folder, "OWNER": str(USER), "SIZE_GB": str(self._args.settings.size_gb)},
            ),
            pulumi.ResourceOptions(parent=self),
        )

    @property
    def _folder(self) -> str:
        return f"{self._args.host.storage_path}/minio"

    def _claim_volume(self, folder: Step) -> kubernetes.core.v1.PersistentVolumeClaim:
        """The folder as a volume that is bound to its host. On another host it is another volume, and this data
        stays."""
        name = f"{self._args.namespace}-{self._args.host.name}"
        here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [self._args.host.name]}
        volume = kubernetes.core.v1.PersistentVolume(
            f"{self._name}-volume-{self._args.host.name}",
            metadata={"name": name},
            spec={
                "capacity": {"storage": f"{self._args.settings.size_gb}Gi"},
                "access_modes": ["ReadWriteOnce"],
                "persistent_volume_reclaim_policy": "Retain",
                "storage_class_name": "",
                "local": {"path": f"{self._folder}/data"},
                "node_affinity": {"required": {"node_selector_terms": [{"match_expressions": [here]}]}},
                "claim_ref": {"namespace": self._args.namespace, "name": name},
            },
            opts=self._inside([folder, *self._args.cluster.ready]),
        )
        return kubernetes.core.v1.PersistentVolumeClaim(
            f"{self._name}-volume-{self._args.host.name}",
            metadata={"name": name, "namespace": self._args.namespace},
            spec={
                "access_modes": ["ReadWriteOnce"],
                "storage_class_name": "",
                "volume_name": name,
                # A claim can't grow. So it requests little; it gets the whole volume anyway.
                "resources": {"requests": {"storage": "1Gi"}},
            },
            opts=self._inside([volume]),
        )

    def _hide_credentials(self) -> kubernetes.core.v1.Secret:
        return kubernetes.core.v1.Secret(
            f"{self._name}-administrator",
            metadata={"name": f"{NAME}-administrator", "namespace": self._args.namespace},
            string_data=credentials_data(self.administrator),
            opts=self._inside(self._args.cluster.ready),
        )

    def _deploy(
        self, secret: kubernetes.core.v1.Secret, claim: kubernetes.core.v1.PersistentVolumeClaim
    ) -> kubernetes.apps.v1.Deployment:
        inputs = DeploymentInputs(
            self._args.settings.image or MINIO_IMAGE, secret.metadata.name, self._fingerprint(), claim.metadata.name
        )
        limit = f"{ROLLOUT_SECONDS}s"
        return kubernetes.apps.v1.Deployment(
            f"{self._name}-deployment",
            metadata={"name": NAME, "namespace": self._args.namespace, "labels": LABELS},
            spec={"progress_deadline_seconds": ROLLOUT_SECONDS, **deployment(self._args, inputs)},
            opts=pulumi.ResourceOptions.merge(
                self._inside([claim, secret]),
                pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create=limit, update=limit)),
            ),
        )

    def _expose(self) -> kubernetes.core.v1.Service:
        ports = [{"name": "s3", "port": PORT, "target_port": "s3"}]
        if self.console_port:
            ports.append({"name": "console", "port": self.console_port, "target_port": "console"})
        return kubernetes.core.v1.Service(
            f"{self._name}-service",
            metadata={"name": NAME, "namespace": self._args.namespace},
            spec={"selector": LABELS, "ports": ports},
            opts=self._inside([self._deployment]),
        )

    def _fingerprint(self) -> pulumi.Output[str]:
        """A short part of the hash of the administrator's key: too short to derive the key from it."""
        key = self.administrator.secret_key
        return pulumi.Output.unsecret(key.apply(lambda text: hashlib.sha256(text.encode()).hexdigest()[:12]))

    def _client_values(self) -> dict[str, pulumi.Input[str]]:
        """Values for scripts that use the client."""
        return {"NAMESPACE": self._args.namespace, "DEPLOYMENT": NAME, "STORE": self._store}

    def _step(self, name: str, args: StepArgs, opts: pulumi.ResourceOptions) -> Step:
        after = pulumi.ResourceOptions(parent=self, depends_on=[self._deployment])
        return Step(f"{self._name}-{name}", args, pulumi.ResourceOptions.merge(after, opts))

    def _inside(self, after: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        """Options of an object in the cluster."""
        return self._args.cluster.inside(self, after)
